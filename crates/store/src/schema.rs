//! Tables as diesel sees them. Written by hand: `INTEGER` in a STRICT table is 64 bits wide.

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    clock_adoption (number) {
        number -> BigInt,
        cause -> Text,
        before_ns -> BigInt,
        after_ns -> BigInt,
    }
}

// The library.

diesel::table! {
    source (id) {
        id -> Text,
        name -> Text,
        place -> Binary,
        review -> Bool,
        created_ms -> BigInt,
        removed_ms -> Nullable<BigInt>,
        kind -> Text,
        maps -> Text,
        library_kinds -> Text,
        libraries -> Text,
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
        chapters -> Nullable<Text>,
        first_picture -> Nullable<Text>,
        details -> Text,
    }
}

diesel::table! {
    asset_layer (asset_id, origin) {
        asset_id -> Text,
        origin -> Text,
        told -> Text,
    }
}

diesel::table! {
    asset_reading (asset_id) {
        asset_id -> Text,
        stamp -> BigInt,
        filename -> Text,
        nfo -> Text,
        artwork -> Text,
    }
}

diesel::table! {
    server_item (source_id, item) {
        source_id -> Text,
        item -> Text,
        asset_id -> Text,
    }
}

diesel::table! {
    measurement (asset_id) {
        asset_id -> Text,
        measured_ms -> BigInt,
        loudness -> Text,
        black -> Text,
        silence -> Text,
        fault_code -> Nullable<Text>,
        fault_message -> Nullable<Text>,
    }
}

diesel::table! {
    enricher (name) {
        name -> Text,
        kind -> Text,
        is_default -> Bool,
        settings -> Text,
        recipe -> Text,
    }
}

diesel::table! {
    attachment (collection_id, kind) {
        collection_id -> Text,
        kind -> Text,
        enricher -> Text,
    }
}

diesel::table! {
    source_enricher (source_id, kind) {
        source_id -> Text,
        kind -> Text,
        enricher -> Nullable<Text>,
    }
}

diesel::table! {
    enrichment (asset_id, kind) {
        asset_id -> Text,
        kind -> Text,
        recipe -> Text,
        told -> Nullable<Text>,
    }
}

diesel::joinable!(collection -> source (source_id));
diesel::joinable!(asset -> source (source_id));
diesel::joinable!(asset -> collection (collection_id));
diesel::joinable!(measurement -> asset (asset_id));
diesel::joinable!(asset_reading -> asset (asset_id));
diesel::joinable!(server_item -> asset (asset_id));
diesel::joinable!(attachment -> enricher (enricher));
diesel::joinable!(attachment -> collection (collection_id));
diesel::joinable!(source_enricher -> source (source_id));
diesel::allow_tables_to_appear_in_same_query!(
    source,
    collection,
    asset,
    measurement,
    asset_reading,
    server_item,
    enricher,
    attachment,
    source_enricher,
    enrichment,
);

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
    logo (name) {
        name -> Text,
        content -> Binary,
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
        frozen_ns -> Nullable<BigInt>,
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
        fade_in_frames -> BigInt,
        fade_out_frames -> BigInt,
        rule -> Text,
    }
}

diesel::joinable!(schedule_item -> channel (channel_id));
diesel::joinable!(playlog_event -> channel (channel_id));
diesel::allow_tables_to_appear_in_same_query!(channel, schedule_item);
diesel::allow_tables_to_appear_in_same_query!(channel, playlog_event);

// Evidence.

diesel::table! {
    evidence (spool_id, sequence) {
        spool_id -> Text,
        sequence -> BigInt,
        what -> Text,
        channel -> Text,
        session_id -> Text,
        at_ns -> BigInt,
        event_id -> Nullable<Text>,
        frame -> Nullable<BigInt>,
        planned_start -> Nullable<BigInt>,
        planned_count -> Nullable<BigInt>,
        asset_id -> Nullable<Text>,
        kind -> Nullable<Text>,
        title -> Nullable<Text>,
        started_frame -> Nullable<BigInt>,
        aired -> Nullable<BigInt>,
        slate -> Nullable<BigInt>,
        unsent -> Nullable<BigInt>,
        cause -> Nullable<Text>,
        detail -> Nullable<Text>,
        number -> Nullable<BigInt>,
    }
}

diesel::table! {
    evidence_cursor (spool_id) {
        spool_id -> Text,
        sequence -> BigInt,
        heard -> BigInt,
    }
}

// What was sent.

diesel::table! {
    air_session (session_id) {
        session_id -> Text,
        channel -> Text,
        frame_rate -> Text,
        first_frame -> BigInt,
        first_ns -> BigInt,
        end_frame -> Nullable<BigInt>,
        end_ns -> Nullable<BigInt>,
        cause -> Nullable<Text>,
    }
}

diesel::table! {
    asrun (spool_id, sequence) {
        spool_id -> Text,
        sequence -> BigInt,
        channel -> Text,
        date -> Text,
        session_id -> Text,
        event_id -> Text,
        kind -> Text,
        title -> Text,
        asset_id -> Nullable<Text>,
        in_place_of -> Nullable<Text>,
        frame_rate -> Text,
        planned_start -> BigInt,
        planned_frames -> BigInt,
        actual_start -> BigInt,
        actual_ns -> BigInt,
        aired_frames -> BigInt,
        slate_frames -> BigInt,
        unsent_frames -> BigInt,
        result -> Text,
        cause -> Nullable<Text>,
        fault -> Nullable<Text>,
    }
}

// What was put on air in place of what is planned.

diesel::table! {
    network_override (number) {
        number -> BigInt,
        id -> Text,
        kind -> Text,
        channels -> Text,
        shows -> Text,
        heading -> Text,
        text -> Text,
        asset_id -> Nullable<Text>,
        start_ns -> BigInt,
        until_ns -> Nullable<BigInt>,
        stopped_ns -> Nullable<BigInt>,
        started_by -> Text,
        reason -> Text,
        stopped_by -> Nullable<Text>,
    }
}
