//! Tables as diesel sees them. Written by hand: `INTEGER` in a STRICT table is 64 bits wide.

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

// The library.

diesel::table! {
    source (id) {
        id -> Text,
        name -> Text,
        path -> Binary,
        review -> Bool,
        created_ms -> BigInt,
        removed_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    collection (id) {
        id -> Text,
        source_id -> Text,
        name -> Text,
        kind -> Text,
        enabled -> Bool,
    }
}

diesel::table! {
    asset (id) {
        id -> Text,
        source_id -> Text,
        collection_id -> Text,
        path -> Binary,
        size -> BigInt,
        mtime_ns -> BigInt,
        fingerprint -> Nullable<BigInt>,
        state -> Text,
        approved -> Bool,
        approved_fingerprint -> Nullable<BigInt>,
        kind -> Text,
        media_type -> Text,
        title -> Text,
        series -> Nullable<Text>,
        season -> Nullable<BigInt>,
        episode -> Nullable<BigInt>,
        last_episode -> Nullable<BigInt>,
        year -> Nullable<BigInt>,
        tags -> Text,
        genres -> Text,
        rating -> Nullable<Text>,
        duration_ns -> Nullable<BigInt>,
        container -> Nullable<Text>,
        streams -> Nullable<Text>,
        fault_code -> Nullable<Text>,
        fault_message -> Nullable<Text>,
        origins -> Text,
        created_ms -> BigInt,
        updated_ms -> BigInt,
    }
}

diesel::joinable!(collection -> source (source_id));
diesel::joinable!(asset -> source (source_id));
diesel::joinable!(asset -> collection (collection_id));
diesel::allow_tables_to_appear_in_same_query!(source, collection, asset);
