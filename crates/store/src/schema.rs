//! Tables as diesel sees them. Written by hand: `INTEGER` in a STRICT table is 64 bits wide.

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}
