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
        logo -> Nullable<Text>,
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
