//! Tables as diesel sees them. Written by hand: `INTEGER` in a STRICT table is 64 bits wide.

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

// Schedules.

diesel::table! {
    channel (id) {
        id -> Text,
        slug -> Text,
        number -> Text,
        name -> Text,
        state -> Text,
        time_zone -> Text,
        generation -> BigInt,
        text -> Text,
        file_name -> Text,
        created_ms -> BigInt,
        updated_ms -> BigInt,
    }
}

diesel::table! {
    plan_generation (channel_id, generation) {
        channel_id -> Text,
        generation -> BigInt,
        cause -> Text,
        text -> Text,
        file_name -> Text,
        made_ms -> BigInt,
    }
}

diesel::table! {
    schedule_day (channel_id, date) {
        channel_id -> Text,
        date -> Text,
        generation -> BigInt,
        start_cursors -> Text,
        start_busy_ns -> Nullable<BigInt>,
        end_cursors -> Text,
        end_busy_ns -> Nullable<BigInt>,
    }
}

diesel::table! {
    schedule_item (channel_id, start_ns) {
        channel_id -> Text,
        start_ns -> BigInt,
        end_ns -> BigInt,
        item_id -> Text,
        date -> Text,
        generation -> BigInt,
        kind -> Text,
        title -> Text,
        subtitle -> Text,
        asset_id -> Nullable<Text>,
        in_offset_frames -> BigInt,
        rule -> Text,
    }
}

diesel::table! {
    playlog_event (channel_id, start_frame) {
        channel_id -> Text,
        start_frame -> BigInt,
        frame_count -> BigInt,
        event_id -> Text,
        block_id -> Text,
        generation -> BigInt,
        kind -> Text,
        title -> Text,
        asset_id -> Nullable<Text>,
        in_offset_frames -> BigInt,
    }
}
