//! What is promised of each verb. Rows are carried out in this order on one [`World`](crate::world::World), whose
//! files and assets they name as `{name}`.

/// One verb.
pub(crate) struct Row {
    /// As it is typed.
    pub(crate) verb: &'static str,
    /// A line that succeeds. Where the verb takes `--dry-run` or `--yes`, it is tried with and without them.
    pub(crate) works: &'static str,
    /// What its data looks like, as [`shape`](crate::shape) tells.
    pub(crate) data: &'static str,
    /// Lines that fail afterwards, each with its exit code and its code.
    pub(crate) refused: &'static [(&'static str, i32, &'static str)],
    /// That people see a table, which fits every terminal.
    pub(crate) is_table: bool,
    /// Core has to be stopped for it.
    pub(crate) wants_core_stopped: bool,
}

const ROW: Row = Row { verb: "", works: "", data: "", refused: &[], is_table: false, wants_core_stopped: false };

/// Shapes that several rows share.
pub(crate) const NAMED: &[(&str, &str)] = &[
    (
        "source",
        r#"{"name": "text", "kind": "folder|jellyfin|emby|plex", "path": "text?", "uri": "uri?", "url": "text?",
            "maps": ["*", {"server": "text", "local": "text"}], "library_kinds": {"*": "@kind"}, "review": "flag", "created_utc": "instant", "measured": "count",
            "assets": {"new": "count", "enriching": "count", "ready": "count", "retired": "count", "missing": "count",
                       "faulty": "count"}}"#,
    ),
    ("changed source", r#"{"..": "@source", "server": "@server?"}"#),
    (
        "server",
        r#"{"name": "text", "version": "text", "unmapped": ["*", "text"],
            "libraries": [{"name": "text", "content": "text", "kind": "@kind", "items": "count",
                           "folders": [{"server": "text", "local": "text?"}]}]}"#,
    ),
    ("breaks", r#"["*", {"at_ms": "count", "confidence": "count"}]"#),
    ("kind", r#""programme|commercial|promo|bumper|station_id|psa|filler|card|slate""#),
    (
        "collection",
        r#"{"id": "text", "source": "text", "name": "text", "kind": "@kind", "enabled": "flag", "ready": "count"}"#,
    ),
    ("fault", r#"{"code": "text", "message": "text"}"#),
    ("file", r#"{"path": "text", "code": "text", "message": "text"}"#),
    (
        "asset",
        r#"{"id": "text", "title": "text", "kind": "@kind", "type": "movie|episode|music_video|other",
            "state": "new|enriching|ready|retired|missing|faulty", "approved": "flag", "uri": "uri", "duration_ms": "count?",
            "source": "text", "series": "text?", "season": "count?", "episode": "count?", "year": "count?", "fault": "@fault?"}"#,
    ),
    (
        "loudness",
        r#"{"language": "text?", "default": "flag", "integrated_lufs": "number?", "true_peak_dbtp": "number?",
            "range_lu": "number"}"#,
    ),
    ("stretch", r#"{"start_ms": "number", "end_ms": "number"}"#),
    (
        "measured",
        r#"{"measured_utc": "instant", "tracks": ["@loudness"], "black": ["*", "@stretch"], "silence": ["*", "@stretch"],
            "fault": "@fault?"}"#,
    ),
    (
        "detail",
        r#"{"..": "@asset", "collection": "text", "last_episode": "count?", "aired": "text?", "edition": "text?", "plot": "text?",
            "genres": ["*", "text"], "rating": "text?", "tags": ["*", "text"], "artwork": "uri?", "fanart": "uri?",
            "chapters": ["*", {"start_ms": "number", "end_ms": "number", "title": "string"}], "loudness": "@loudness?",
            "measured": "@measured?", "breaks": "@breaks?", "container": "text?", "size": "count", "created_utc": "instant", "updated_utc": "instant",
            "origins": {"*": "operator|nfo|file_name|folder|container|inferred"},
            "streams": [{"kind": "video|audio|subtitle|other", "codec": "text", "language": "text?", "width": "count?",
                         "height": "count?", "frame_rate": "text?", "interlaced": "flag", "hdr": "pq|hlg?", "channels": "count?",
                         "sample_rate": "count?"}]}"#,
    ),
    (
        "room",
        r#"{"channels_on_air": "count", "more_channels": "count", "budget_cores": "number?", "taken_cores": "number"}"#,
    ),
    (
        "finding",
        r#"{"severity": "error|warning", "code": "text", "message": "text", "hint": "string", "file": "string?",
            "line": "count?", "column": "count?"}"#,
    ),
    (
        "applied",
        r#"{"slug": "text", "number": "text", "name": "text", "generation": "count",
            "action": "create|update|restore|rebuild|unchanged", "unchanged": "flag", "changed_from": "instant?",
            "days": ["*", {"date": "text", "removed": "count", "added": "count", "moved": "count", "changed": "count",
                           "programmes": [{"change": "removed|added|moved|changed", "before": "@listed?", "after": "@listed?"}]}],
            "unchanged_days": ["*", "text"], "timezone": "text"}"#,
    ),
    (
        "listed",
        r#"{"title": "text", "subtitle": "string", "start_utc": "instant", "end_utc": "instant", "asset_id": "text?"}"#,
    ),
    (
        "format",
        r#"{"frame_rate": "text", "width": "count", "height": "count", "video_kbps": "count", "audio_kbps": "count"}"#,
    ),
    (
        "channel",
        r#"{"slug": "text", "number": "text", "name": "text", "state": "live", "id": "text", "generation": "count",
            "timezone": "text", "format": "@format", "file": "text", "created_utc": "instant", "updated_utc": "instant"}"#,
    ),
    (
        "event",
        r#"{"event_id": "text", "block_id": "text", "kind": "@kind", "start_utc": "instant", "end_utc": "instant",
            "start_frame": "count", "frame_count": "count", "asset": "@planned?", "in_offset_frames": "count",
            "in_offset_ms": "count", "rule": "text"}"#,
    ),
    (
        "enricher",
        r#"{"name": "text", "kind": "text", "scope": "ingest|playout", "order": "count", "version": "count", "default": "flag",
            "channel": "text?", "settings": {"*": "any"}, "collections": ["*", "text"], "waiting": "count"}"#,
    ),
    ("slot", r#"{"layer": "text", "index": "count", "line": "count", "start_utc": "instant", "end_utc": "instant"}"#),
    (
        "pool",
        r#"{"name": "text", "size": "count", "order": "text", "seed": "count", "cursor_before": "text?", "cursor_after": "text?"}"#,
    ),
    ("aired", r#"{"event_id": "text", "kind": "@kind", "title": "string", "asset_id": "text?", "rule": "text"}"#),
    ("neighbour", r#"{"asset_id": "text", "title": "text", "why": "text"}"#),
    (
        "override",
        r#"{"id": "text", "kind": "emergency|guide|maintenance", "channels": ["*", "text"], "shows": "card|crawl|asset|guide",
            "heading": "text?", "text": "text?", "asset_id": "text?", "on_air": "flag", "start_utc": "instant",
            "until_utc": "instant?", "ended_utc": "instant?", "by": "text", "reason": "string", "ended_by": "text?"}"#,
    ),
    (
        "sent",
        r#"{"event_id": "text", "session_id": "text", "asset_id": "text?", "kind": "@kind", "title": "string",
            "planned_start_utc": "instant", "actual_start_utc": "instant", "frame_rate": "text",
            "planned_start_frame": "count", "actual_start_frame": "count", "planned_frames": "count",
            "aired_frames": "count", "slate_frames": "count", "unsent_frames": "count",
            "result": "aired|partial|substituted|missed", "cause": "text?", "fault": "text?", "in_place_of": "text?"}"#,
    ),
    ("planned", r#"{"id": "text", "uri": "uri", "title": "text"}"#),
    ("adoption", r#"{"cause": "idle|command", "before_utc": "instant", "after_utc": "instant", "step_ms": "number"}"#),
    (
        "item",
        r#"{"item_id": "text", "title": "string", "subtitle": "string", "kind": "@kind", "start_utc": "instant",
            "end_utc": "instant", "asset_id": "text?", "rule": "string"}"#,
    ),
];

/// Every verb there is.
pub(crate) const ROWS: &[Row] = &[
    Row {
        verb: "config show",
        works: "config show",
        data: r#"{"settings": [{"key": "text", "value": "string", "origin": "text"}]}"#,
        refused: &[("config show --config {away}", 2, "settings_invalid")],
        is_table: true,
        ..ROW
    },
    Row { verb: "config check", works: "config check", data: r#"{"findings": ["*", "@finding"]}"#, ..ROW },
    Row {
        verb: "completions",
        works: "completions bash",
        data: r#"{"shell": "bash", "script": "text"}"#,
        refused: &[("completions tcsh", 2, "usage")],
        ..ROW
    },
    Row {
        verb: "source add",
        works: "source add extra --path {extra}",
        data: r#""@changed source""#,
        refused: &[
            ("source add extra --path {library}", 4, "source_exists"),
            ("source add again --path {extra}", 4, "source_exists"),
            ("source add a/b --path {extra}", 4, "source_name_invalid"),
            ("source add file --path {text.db}", 4, "not_a_folder"),
            ("source add away --path {away}", 3, "folder_not_found"),
            ("source add extra", 2, "usage"),
            ("source add films --kind plex --url {server} --token-file {away}", 3, "file_not_found"),
            ("source add films --kind plex --url nowhere --token-file {token}", 2, "url_invalid"),
        ],
        ..ROW
    },
    Row {
        verb: "source edit",
        works: "source edit served --url {server} --map /srv={extra}",
        data: r#""@changed source""#,
        refused: &[
            ("source edit nobody --map /srv={extra}", 3, "source_not_found"),
            ("source edit extra --map /srv={extra}", 4, "not_a_server"),
            ("source edit served --map srv={extra}", 2, "mapping_invalid"),
        ],
        ..ROW
    },
    Row { verb: "source list", works: "source list", data: r#"{"sources": ["@source"]}"#, is_table: true, ..ROW },
    Row {
        verb: "source show",
        works: "source show library",
        data: r#""@source""#,
        refused: &[("source show nobody", 3, "source_not_found")],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "source sync",
        works: "source sync library",
        data: r#"{"source": "text", "added": "count", "updated": "count", "unchanged": "count", "missing": "count",
                  "unmapped": ["*", "text"], "unmapped_count": "count", "restored": "count", "moved": "count", "described": "count", "ready": "count", "ignored": "count",
                  "vanished": [{"id": "text", "path": "text", "title": "text",
                                "slots": ["*", {"channel": "text", "start_utc": "instant", "title": "text"}]}],
                  "faulty": ["@file"], "unfinished": ["*", "text"], "unread": ["*", "@file"]}"#,
        refused: &[("source sync nobody", 3, "source_not_found")],
        ..ROW
    },
    Row {
        verb: "source remove",
        works: "source remove extra",
        data: r#""@source""#,
        refused: &[("source remove extra --yes", 3, "source_not_found")],
        ..ROW
    },
    Row {
        verb: "collection list",
        works: "collection list",
        data: r#"{"collections": ["@collection"]}"#,
        refused: &[("collection list --source nobody", 3, "source_not_found")],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "collection show",
        works: "collection show library/Show",
        data: r#""@collection""#,
        refused: &[("collection show nobody", 3, "collection_not_found")],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "collection disable",
        works: "collection disable library/Show",
        data: r#"{"collections": ["@collection"]}"#,
        refused: &[("collection disable library/Show nobody", 3, "collection_not_found")],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "collection enable",
        works: "collection enable library/Show",
        data: r#"{"collections": ["@collection"]}"#,
        refused: &[("collection enable nobody", 3, "collection_not_found"), ("collection enable", 2, "usage")],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "asset list",
        works: "asset list",
        data: r#"{"assets": ["@asset"]}"#,
        refused: &[
            ("asset list --state lost", 2, "usage"),
            ("asset list --match colour=red", 2, "match_invalid"),
            ("asset list --source nobody", 3, "source_not_found"),
        ],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "asset show",
        works: "asset show {ready}",
        data: r#""@detail""#,
        refused: &[("asset show nobody", 3, "asset_not_found")],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "asset edit",
        works: "asset edit {ready} --year 1984 --tag summer",
        data: r#""@detail""#,
        refused: &[
            ("asset edit nobody --year 1984", 3, "asset_not_found"),
            ("asset edit {ready} --year 84", 4, "asset_field_invalid"),
            ("asset edit {ready}", 2, "usage"),
        ],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "asset probe",
        works: "asset probe {ready}",
        data: r#""@detail""#,
        refused: &[("asset probe nobody", 3, "asset_not_found"), ("asset probe {faulty}", 4, "asset_not_ready")],
        ..ROW
    },
    Row {
        verb: "asset retire",
        works: "asset retire {ready}",
        data: r#"{"assets": ["@asset"]}"#,
        refused: &[("asset retire {ready} nobody", 3, "asset_not_found"), ("asset retire", 2, "usage")],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "asset restore",
        works: "asset restore {ready}",
        data: r#"{"assets": ["@asset"]}"#,
        refused: &[("asset restore nobody", 3, "asset_not_found"), ("asset restore {ready}", 4, "asset_not_retired")],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "asset approve",
        works: "asset approve {ready}",
        data: r#"{"assets": ["@asset"]}"#,
        refused: &[("asset approve nobody", 3, "asset_not_found"), ("asset approve {faulty}", 4, "asset_not_ready")],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "enricher list",
        works: "enricher list",
        data: r#"{"enrichers": ["@enricher"]}"#,
        is_table: true,
        ..ROW
    },
    Row {
        verb: "enricher add",
        works: "enricher add mine --kind breaks",
        data: r#""@enricher""#,
        refused: &[
            ("enricher add mine --kind breaks", 4, "enricher_exists"),
            ("enricher add other --kind magic", 4, "enricher_kind_unknown"),
            ("enricher add other --kind breaks --set colour=red", 4, "enricher_setting_unknown"),
        ],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "enricher set",
        works: "enricher set mine --set min_black=300ms",
        data: r#""@enricher""#,
        refused: &[
            ("enricher set nobody --set min_black=300ms", 3, "enricher_not_found"),
            ("enricher set mine --set min_black=red", 4, "enricher_setting_invalid"),
        ],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "enricher attach",
        works: "enricher attach mine library/Show",
        data: r#""@enricher""#,
        refused: &[
            ("enricher attach nobody library/Show", 3, "enricher_not_found"),
            ("enricher attach mine nobody", 3, "collection_not_found"),
        ],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "enricher detach",
        works: "enricher detach mine library/Show",
        data: r#""@enricher""#,
        refused: &[
            ("enricher detach mine library/Show", 4, "enricher_not_attached"),
            ("enricher detach probe library/Show", 4, "enricher_needed"),
        ],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "enricher remove",
        works: "enricher remove mine",
        data: r#""@enricher""#,
        refused: &[
            ("enricher remove mine --yes", 3, "enricher_not_found"),
            ("enricher remove probe --yes", 4, "enricher_in_use"),
        ],
        ..ROW
    },
    Row {
        verb: "schedule check",
        works: "schedule check {channel.yaml}",
        data: r#"{"findings": ["*", "@finding"]}"#,
        refused: &[("schedule check {away}", 3, "file_not_found"), ("schedule check {extra}", 1, "file_unreadable")],
        ..ROW
    },
    Row {
        verb: "channel apply",
        works: "channel apply {channel.yaml}",
        data: r#"{"channels": ["@applied"], "warnings": ["*", "@finding"]}"#,
        refused: &[
            ("channel apply {wrong.yaml}", 4, "channel_file_invalid"),
            ("channel apply {twin.yaml}", 4, "number_taken"),
            ("channel apply {away}", 3, "file_not_found"),
            ("channel apply {extra}", 1, "file_unreadable"),
        ],
        ..ROW
    },
    Row {
        verb: "channel suggest",
        works: "channel suggest --apply",
        data: r#"{"suggestions": [{"slug": "text", "number": "text", "text": "text", "reason": "text"}], "applied": ["@applied"],
                  "note": "text?"}"#,
        ..ROW
    },
    Row { verb: "channel list", works: "channel list", data: r#"{"channels": ["@channel"]}"#, is_table: true, ..ROW },
    Row {
        verb: "channel show",
        works: "channel show contract",
        data: r#"{"..": "@channel", "locked_until": "instant?", "playlog_until": "instant?", "schedule_until": "instant?",
                  "generations": [{"generation": "count", "cause": "text", "made_utc": "instant", "frozen_from": "instant?"}]}"#,
        refused: &[("channel show nobody", 3, "channel_not_found")],
        ..ROW
    },
    Row {
        verb: "channel export",
        works: "channel export contract",
        data: r#"{"slug": "text", "file": "text", "text": "text"}"#,
        refused: &[("channel export nobody", 3, "channel_not_found")],
        ..ROW
    },
    Row {
        verb: "schedule show",
        works: "schedule show contract --hours 2",
        data: r#"{"channel": "text", "locked_until": "instant?",
                  "days": [{"date": "text", "generation": "count", "locked": "flag", "items": ["@item"]}]}"#,
        refused: &[
            ("schedule show nobody", 3, "channel_not_found"),
            ("schedule show contract --from noon", 2, "instant_invalid"),
            ("schedule show contract --hours many", 2, "usage"),
        ],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "schedule explain",
        works: "schedule explain contract",
        data: r#"{"channel": "text", "date": "text", "generation": "count", "item": "@item",
                  "event": "@aired?", "slot": "@slot?", "pool": "@pool?", "neighbours": ["*", "@neighbour"], "spots": ["*", "@neighbour"],
                  "layers": ["*", {"name": "text", "why": "text"}], "reasons": ["text"]}"#,
        refused: &[
            ("schedule explain nobody", 3, "channel_not_found"),
            ("schedule explain contract --at noon", 2, "instant_invalid"),
            ("schedule explain contract --at 2001-01-01T00:00:00Z", 3, "nothing_stored"),
        ],
        ..ROW
    },
    Row {
        verb: "schedule rebuild",
        works: "schedule rebuild contract",
        data: r#""@applied""#,
        refused: &[
            ("schedule rebuild nobody", 3, "channel_not_found"),
            ("schedule rebuild contract --from noon", 2, "instant_invalid"),
            ("schedule rebuild contract --from 2100-01-01T00:00:00Z", 4, "not_planned"),
        ],
        ..ROW
    },
    Row {
        verb: "playlog show",
        works: "playlog show contract",
        data: r#"{"channel": "text", "format": "@format", "events": ["@event"]}"#,
        refused: &[
            ("playlog show nobody", 3, "channel_not_found"),
            ("playlog show contract --to noon", 2, "instant_invalid"),
        ],
        is_table: true,
        ..ROW
    },
    Row {
        verb: "asrun show",
        works: "asrun show contract --date 2026-11-22",
        data: r#"{"channel": "text", "date": "text", "timezone": "text", "start_utc": "instant", "end_utc": "instant",
                  "events": ["*", "@sent"]}"#,
        refused: &[
            ("asrun show nobody", 3, "channel_not_found"),
            ("asrun show contract --date today", 2, "date_invalid"),
        ],
        ..ROW
    },
    Row {
        verb: "asrun verify",
        works: "asrun verify contract",
        data: r#"{"findings": ["*", {"..": "@finding", "at_utc": "instant", "seconds": "number", "cause": "text?",
                                       "event_id": "text?"}]}"#,
        refused: &[
            ("asrun verify nobody", 3, "channel_not_found"),
            ("asrun verify contract --date 2026-11-31", 2, "date_invalid"),
        ],
        ..ROW
    },
    Row {
        verb: "asrun export",
        works: "asrun export contract --date 2026-11-22",
        data: r#"{"channel": "text", "date": "text", "text": "text"}"#,
        refused: &[
            ("asrun export nobody", 3, "channel_not_found"),
            ("asrun export contract --format xml", 2, "usage"),
            ("asrun export contract --date 22.11.2026", 2, "date_invalid"),
        ],
        ..ROW
    },
    Row {
        verb: "override start",
        works: "override start maintenance --channel contract --until 2100-01-01T00:00:00Z --reason work",
        data: r#""@override""#,
        refused: &[
            ("override start emergency --channel nobody", 3, "channel_not_found"),
            ("override start emergency --asset nothing", 3, "asset_not_found"),
            ("override start emergency --asset {faulty}", 4, "asset_not_playable"),
            ("override start emergency --crawl", 2, "override_invalid"),
            ("override start emergency --until noon", 2, "instant_invalid"),
            ("override start emergency --until 2001-01-01T00:00:00Z", 2, "override_invalid"),
            ("override start maintenance --crawl --text x", 2, "override_invalid"),
            ("override start guide", 2, "override_invalid"),
            ("override start party", 2, "usage"),
        ],
        ..ROW
    },
    Row {
        verb: "override list",
        works: "override list",
        data: r#"{"overrides": ["@override"]}"#,
        is_table: true,
        ..ROW
    },
    Row {
        verb: "override stop",
        works: "override stop --all",
        data: r#"{"overrides": ["@override"]}"#,
        refused: &[("override stop", 3, "override_not_found"), ("override stop --all nothing", 2, "usage")],
        ..ROW
    },
    Row {
        verb: "status",
        works: "status",
        data: r#"{"core": {"version": "text", "started_utc": "instant", "now_utc": "instant", "http": "text", "home": "text",
                           "pid": "count"},
                  "air": {"state": "up|down", "version": "text?", "encoder": "text?", "encoder_reason": "text?",
                          "pid": "count?", "reason": "text?", "room": "@room?"},
                  "channels": [{"slug": "text", "number": "text", "name": "text", "state": "text", "viewers": "count",
                                "keep_warm": "flag", "session_id": "text?", "event": "@event?", "slots": "count", "slate_frames": "count",
                                "late_frames": "count", "dropped_frames": "count", "work_ahead_frames": "count"}]}"#,
        ..ROW
    },
    Row { verb: "doctor", works: "doctor", data: r#"{"findings": ["*", "@finding"]}"#, ..ROW },
    Row {
        verb: "clock show",
        works: "clock show",
        data: r#"{"now_utc": "instant", "system_utc": "instant", "state": "in_step|slewing|waiting|step_waits|step_back_waits|unset",
                  "offset_ms": "number", "drift_ppm": "number", "slew_ppm": "number", "rehearsal_ms": "number?",
                  "adoptions": ["*", "@adoption"]}"#,
        ..ROW
    },
    Row { verb: "clock adopt", works: "clock adopt", data: r#"{"adopted": "@adoption?"}"#, ..ROW },
    Row {
        verb: "channel remove",
        works: "channel remove contract",
        data: r#"{"slug": "text", "number": "text", "name": "text"}"#,
        refused: &[("channel remove contract --yes", 3, "channel_not_found")],
        ..ROW
    },
    Row { verb: "db check", works: "db check", data: r#"{"findings": ["*", "@finding"]}"#, ..ROW },
    Row {
        verb: "db backup",
        works: "db backup {copy.db}",
        data: r#"{"database": "text", "file": "text", "bytes": "count?"}"#,
        refused: &[
            ("db backup {copy.db}", 4, "file_exists"),
            ("db backup {away}/copy.db", 3, "folder_not_found"),
            ("db backup /proc/copy.db", 1, "backup_failed"),
            ("db restore {copy.db} --yes", 4, "core_running"),
            ("db restore {copy.db} --dry-run", 4, "core_running"),
        ],
        ..ROW
    },
    Row { verb: "db migrate", works: "db migrate", data: r#"{"database": "text", "applied": ["*", "text"]}"#, ..ROW },
    Row {
        verb: "db restore",
        works: "db restore {copy.db}",
        data: r#"{"database": "text", "file": "text", "kept": "text?"}"#,
        refused: &[
            ("db restore {away} --yes", 3, "file_not_found"),
            ("db restore {text.db} --yes", 4, "backup_unusable"),
        ],
        wants_core_stopped: true,
        ..ROW
    },
];
