//! The channel file's language as a JSON schema, for editors. It is made from the tables that the file is read by; what a
//! key holds is told here, and a key that is not told of fails the test.
//!
//! `docs/reference/channel.schema.json` is what this says. `UPDATE_REFERENCE=1` writes it.

use retrovue_timeline::FrameRate;
use serde_json::{Map, Value, json};

use super::words::Words;
use super::{branding, file, layer, order, slot, traffic, words};
use crate::asset::{Kind, MediaType};

const ADDRESS: &str = "docs/reference/channel.schema.json";

/// All of it.
fn schema() -> Value {
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/main/docs/reference/channel.schema.json"),
        "title": "RetroVue channel file",
    });
    schema.as_object_mut().unwrap().extend(object(&words::FILE, &["channel", "schedule"]));
    schema["definitions"] = json!({
        "text": { "type": ["string", "number", "boolean"] },
        "time": { "type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5]?[0-9](:[0-5]?[0-9])?$" },
        "end": { "type": "string", "pattern": "^(([01]?[0-9]|2[0-3]):[0-5]?[0-9](:[0-5]?[0-9])?|24:00?(:00?)?)$" },
        "duration": { "type": "string", "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$", "minLength": 2 },
        "range": {
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^([0-9]+( *\\.\\. *[0-9]*)?|\\.\\. *[0-9]+)$" },
            ],
        },
        "pool": object(&words::POOL, &["match"]),
        "match": { "anyOf": [{ "type": "null" }, object(&words::MATCH, &[])] },
        "slot": slot_schema(),
        "layer": {
            "anyOf": [
                { "type": "null" },
                { "$ref": "#/definitions/text" },
                { "type": "array", "items": { "anyOf": [one("text"), one("slot")] } },
            ],
        },
    });
    schema
}

/// A mapping with the keys of `words`, and no other.
fn object(words: &Words, required: &[&str]) -> Map<String, Value> {
    let keys = words.known.iter().map(|key| {
        let (what, mut value) = key_of(words.noun, key);
        if let Some(value) = value.as_object_mut() {
            value.insert("description".to_owned(), what.into());
        }
        ((*key).to_owned(), value)
    });
    let Value::Object(mut object) = json!({ "type": "object" }) else { unreachable!() };
    object.insert("properties".to_owned(), Value::Object(keys.collect()));
    object.insert("additionalProperties".to_owned(), false.into());
    if !required.is_empty() {
        object.insert("required".to_owned(), required.into());
    }
    object
}

fn slot_schema() -> Value {
    let mut slot = object(&words::SLOT, &["at", "play"]);
    slot.insert("not".to_owned(), json!({ "required": ["for", "until"] }));
    Value::Object(slot)
}

/// What a key is for, and what it holds.
fn key_of(noun: &str, key: &str) -> (&'static str, Value) {
    match (noun, key) {
        ("a channel file", _) => of_file(key),
        ("a slot", _) => of_slot(key),
        ("a pool", "match") => ("What its assets are. Nothing is all programmes.", one("match")),
        ("`match`", _) => of_match(key),
        ("`format`", "size") => {
            let pattern = "^[0-9]+ *[xX×] *[0-9]+$";
            ("Width and height in pixels, even.", json!({ "type": "string", "pattern": pattern }))
        }
        ("`format`", "frame_rate") => {
            let rates = FrameRate::HOUSE.iter().flat_map(|rate| {
                let whole = (rate.den() == 1).then(|| json!(rate.num()));
                whole.into_iter().chain([json!(rate.to_string())])
            });
            ("Pictures a second.", json!({ "enum": rates.collect::<Vec<_>>() }))
        }
        ("`format`", "video_kbps") => ("Video bit rate in kbit/s.", number(&file::VIDEO_KBPS)),
        ("`format`", "audio_kbps") => ("Audio bit rate in kbit/s.", number(&file::AUDIO_KBPS)),
        ("`audio`", "languages") => {
            let language = json!({ "type": "string", "pattern": "^[a-z]{2,3}$" });
            ("The first of these tracks that a file has.", one_or_more(language))
        }
        ("`branding`", "logo") => ("A PNG, JPEG or WebP file, relative to this one.", json!({ "type": "string" })),
        ("`branding`", "bug") => ("Where the logo stands.", Value::Object(object(&words::BUG, &[]))),
        ("`branding`", "crawl") => {
            ("Text that runs through the picture.", Value::Object(object(&words::CRAWL, &["text"])))
        }
        ("`bug`", "at") => ("A corner.", choice(&branding::CORNERS)),
        ("`bug`", "opacity") => ("1 is opaque.", json!({ "type": "number", "minimum": 0.01, "maximum": 1 })),
        ("`crawl`", "text") => {
            ("What it says.", json!({ "type": ["string", "number"], "maxLength": branding::LONGEST_CRAWL }))
        }
        ("`crawl`", "at") => ("An edge.", choice(&branding::EDGES)),
        ("`off_air`", "from") => ("When the night begins, local.", one("time")),
        ("`off_air`", "to") => ("When it ends, local; may be on the next day.", one("end")),
        ("`off_air`", "show") => (
            "A pool, `test-card`, or one asset, again and again.",
            json!({ "anyOf": [one("text"), object(&words::PLAY, &["asset"])] }),
        ),
        ("`off_air`", "sign_off") => ("The pool of which one item begins each night.", one("text")),
        ("an asset by its id", "asset") => ("An asset's id.", one("text")),
        ("`breaks`", _) => of_breaks(key),
        ("`traffic`", _) => of_traffic(key),
        _ => panic!("say what {key} of {noun} holds"),
    }
}

fn of_file(key: &str) -> (&'static str, Value) {
    match key {
        "channel" => (
            "Its slug, which is its address and its identity: another slug is another channel.",
            json!({ "type": ["string", "integer"], "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" }),
        ),
        "number" => (
            "For television sets: 7 or \"2.1\". The next free one where it is left out.",
            json!({ "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]{1,5}(\\.[0-9]{1,5})?$" }] }),
        ),
        "name" => {
            ("Shown in guides.", json!({ "type": ["string", "number", "boolean"], "maxLength": file::LONGEST_NAME }))
        }
        "timezone" => {
            ("An IANA name, as America/New_York. The system's where it is left out.", json!({ "type": "string" }))
        }
        "day_start" => ("When the broadcast day starts, local.", one("time")),
        "grid" => (
            "Programmes start on lines of this distance, counted from midnight. off: they follow one another.",
            json!({ "anyOf": [one("duration"), { "enum": ["off", "Off", "OFF", false] }] }),
        ),
        "format" => ("On the wire.", Value::Object(object(&words::FORMAT, &[]))),
        "audio" => ("Which sound track.", Value::Object(object(&words::AUDIO, &[]))),
        "keep_warm" => ("Whether it is on air even when nobody watches.", json!({ "type": "boolean" })),
        "seed" => ("Decides all that is left to chance.", json!({ "type": "integer", "minimum": 0 })),
        "pools" => ("Sets of media, told by what they are.", named(one("pool"))),
        "templates" => ("Lists of slots that layers share.", named(one_or_more(one("slot")))),
        "schedule" => ("What plays when.", schedule()),
        "branding" => ("What lies over its programmes.", Value::Object(object(&words::BRANDING, &[]))),
        "breaks" => ("Where programmes are broken.", breaks()),
        "traffic" => ("What the spots in breaks keep to.", Value::Object(object(&words::TRAFFIC, &[]))),
        "fallback" => ("What covers a hole: pools, and card.", one_or_more(one("text"))),
        "off_air" => {
            ("When the channel is off air each night.", Value::Object(object(&words::OFF_AIR, &["from", "to"])))
        }
        _ => panic!("say what {key} of a channel file holds"),
    }
}

fn of_match(key: &str) -> (&'static str, Value) {
    match key {
        "kind" => (
            "What it is for. Programmes where it is left out.",
            one_or_more(json!({ "enum": Kind::words_of_assets() })),
        ),
        "type" => ("What sort of programme.", one_or_more(json!({ "enum": MediaType::words() }))),
        "series" | "title" => ("The name, without regard to case.", one_or_more(one("text"))),
        "genres" | "tags" => ("Any one of the asset's.", one_or_more(one("text"))),
        "rating" => ("As the asset has it: PG-13.", one_or_more(one("text"))),
        "season" | "episode" | "year" => {
            ("A number or a range: 3, 1980..1989, 1990.., ..1979.", one_or_more(one("range")))
        }
        "min_duration" | "max_duration" => ("Itself included.", one("duration")),
        "not" => ("What is left out.", one_or_more(one("match"))),
        _ => panic!("say what {key} of a match holds"),
    }
}

fn of_slot(key: &str) -> (&'static str, Value) {
    match key {
        "at" => ("When it starts, local.", one("time")),
        "for" => ("How long it lasts, up to 24h.", one("duration")),
        "until" => ("When it ends, local; may be on the next day.", one("end")),
        "play" => (
            "A pool, several pools, or one asset.",
            json!({ "anyOf": [one("text"), { "type": "array", "items": one("text"), "minItems": 1 }, object(&words::PLAY, &["asset"])] }),
        ),
        "order" => ("Which item comes next.", choice(&order::ORDERS)),
        "no_repeat" => ("With `order: random`: how many others come first.", number(&(1..=order::MOST_UNREPEATED))),
        "weights" => ("With `order: weighted`: one for each pool.", one_or_more(number(&(1..=1000)))),
        "overrun" => ("What becomes of an item that is too long.", choice(&slot::OVERRUNS)),
        "title" => {
            let title = json!({ "type": ["string", "number", "boolean"], "maxLength": slot::LONGEST_TITLE });
            ("Shown in guides in place of the items' own.", title)
        }
        "breaks" => ("Where its programmes are broken, where that is not as in all of the file.", breaks()),
        "traffic" => {
            let traffic = Value::Object(object(&words::TRAFFIC, &[]));
            ("What spots keep to in it, where that is not as in all of the file.", traffic)
        }
        _ => panic!("say what {key} of a slot holds"),
    }
}

fn of_breaks(key: &str) -> (&'static str, Value) {
    match key {
        "at" => {
            let place = json!({ "type": "string", "pattern": "^(chapters|detected|none|every [0-9hms]+)$" });
            ("chapters, detected, none, or every 8m.", one_or_more(place))
        }
        "pod" => ("What a break is made of, pool by pool; … repeats one.", one_or_more(one("text"))),
        "fade" => ("How long a programme takes to go and to come back.", one("duration")),
        "after" => ("Whether a break follows each programme.", json!({ "type": "boolean" })),
        _ => panic!("say what {key} of `breaks` holds"),
    }
}

fn of_traffic(key: &str) -> (&'static str, Value) {
    let rules = |rule: Value| json!({ "type": "object", "additionalProperties": rule });
    match key {
        "cooldown" => ("How long passes between two plays of a spot, by kind or tag.", rules(one("duration"))),
        "per_day" => {
            ("How often a spot is shown in a broadcast day, by kind or tag.", rules(number(&traffic::PER_DAY)))
        }
        "dayparts" => {
            let part = json!({ "type": "string", "pattern": "^[0-9:]+\\.\\.[0-9:]+$" });
            ("When they may be shown, by kind or tag, as 06:00..19:00.", rules(one_or_more(part)))
        }
        _ => panic!("say what {key} of `traffic` holds"),
    }
}

fn breaks() -> Value {
    json!({ "anyOf": [{ "const": "none" }, object(&words::BREAKS, &[])] })
}

fn schedule() -> Value {
    let days: Map<String, Value> = layer::words().map(|word| (word.to_owned(), one("layer"))).collect();
    let date = "([0-9]{4}-)?[0-9]{1,2}-[0-9]{1,2}";
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": days,
        "patternProperties": { format!("^{date}(\\.\\.{date})?$"): one("layer") },
        "additionalProperties": false,
    })
}

fn one(definition: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{definition}") })
}

fn one_or_more(value: Value) -> Value {
    json!({ "anyOf": [{ "type": "array", "items": value.clone() }, value] })
}

fn named(value: Value) -> Value {
    json!({ "type": "object", "propertyNames": { "pattern": "^[A-Za-z0-9_-]{1,63}$" }, "additionalProperties": value })
}

fn choice<T>(words: &[(&str, T)]) -> Value {
    json!({ "enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
}

fn number(range: &std::ops::RangeInclusive<u32>) -> Value {
    json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
}

mod tests {
    use std::path::PathBuf;

    use jsonschema::Validator;

    use super::super::Plan;
    use super::super::tree::{self, Node};
    use super::*;
    use crate::fixtures::{episode, film};
    use crate::problem::Severity;

    fn repository(path: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
    }

    /// A tree as JSON, with plain scalars as YAML 1.2 reads them.
    fn json_of(node: &Node) -> Value {
        match &node.value {
            tree::Value::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), json_of(&entry.value))).collect::<Map<_, _>>().into()
            }
            tree::Value::List(nodes) => nodes.iter().map(json_of).collect(),
            tree::Value::Scalar(_) if node.is_null() => Value::Null,
            tree::Value::Scalar(scalar) => match scalar.text.as_str() {
                "true" | "True" | "TRUE" if scalar.plain => true.into(),
                "false" | "False" | "FALSE" if scalar.plain => false.into(),
                text if scalar.plain && text.parse::<u64>().is_ok() => text.parse::<u64>().unwrap().into(),
                text if scalar.plain && text.starts_with(|c: char| c.is_ascii_digit()) => {
                    text.parse::<f64>().map_or_else(|_| text.into(), Value::from)
                }
                text => text.into(),
            },
        }
    }

    fn faults(validator: &Validator, text: &str) -> Vec<String> {
        let root = tree::read(text, &mut Vec::new()).unwrap();
        let document = json_of(&root);
        validator.iter_errors(&document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
    }

    /// The fenced channel files of a page.
    fn files_of(page: &str) -> impl Iterator<Item = &str> {
        page.split("```yaml\n")
            .skip(1)
            .map(|rest| rest.split("```").next().unwrap())
            .filter(|text| text.starts_with("channel:"))
    }

    #[test]
    fn the_schema_is_what_the_file_is_read_by() {
        let (path, mut text) = (repository(ADDRESS), serde_json::to_string_pretty(&schema()).unwrap());
        text.push('\n');
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, text, "run with UPDATE_REFERENCE=1 to write it");
    }

    #[test]
    fn every_channel_file_that_we_show_fits_the_schema() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let mut files = vec![super::super::tests::OK.to_owned(), super::super::tests::EVERY_WORD.to_owned()];
        files.push(include_str!("tests/whole_language.yaml").to_owned());
        let shows = ["24", "true"].map(|show| (1..40).map(move |n| episode(show, 1, n, 3000)));
        let films = (1..60).map(|n| film(&format!("Film {n}"), 1980, 7000));
        let library: Vec<_> = shows.into_iter().flatten().chain(films).collect();
        let suggested = crate::suggest::suggest(&library, &[]);
        assert!(suggested.len() > 4, "{suggested:?}");
        files.extend(suggested.into_iter().map(|suggestion| suggestion.text));
        let demo = std::fs::read_dir(repository("examples/demo")).unwrap().map(|entry| entry.unwrap().path());
        let demo = demo.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
        files.extend(demo.map(|path| std::fs::read_to_string(path).unwrap()));
        for room in ["docs/reference", "docs/guide", "docs/tutorial"] {
            for entry in std::fs::read_dir(repository(room)).unwrap() {
                let page = std::fs::read_to_string(entry.unwrap().path()).unwrap();
                files.extend(files_of(&page).map(str::to_owned));
            }
        }
        assert!(files.len() > 8, "{}", files.len());
        for text in files {
            let (plan, problems) = Plan::read(&text);
            assert!(plan.is_some(), "{problems:#?}\n{text}");
            assert_eq!(faults(&validator, &text), Vec::<String>::new(), "{text}");
        }
    }

    /// Mistakes which an editor tells that are told here, too.
    #[test]
    fn what_does_not_fit_the_schema_is_refused() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let ok = super::super::tests::OK;
        for (right, wrong) in [
            ("channel: c", "channel: My channel"),
            ("channel: c", "channel: c\ngird: 1h"),
            ("channel: c", "channel: c\ngrid: 1 hour"),
            ("channel: c", "channel: c\nformat: { frame_rate: 29.97 }"),
            ("channel: c", "channel: c\nkeep_warm: maybe"),
            ("channel: c", "channel: c\noff_air: { from: 02:00 }"),
            ("channel: c", "channel: c\nbreaks: { pod: p, at: every day }"),
            ("channel: c", "channel: c\ntraffic: { per_day: { promo: 0 } }"),
            ("channel: c", "channel: c\ntraffic: { dayparts: { toys: morning } }"),
            ("  all:", "  sometimes:"),
            ("at: \"06:00\"", "at: 25:00"),
            ("for: 24h", "for: 24h, until: 06:00"),
            ("for: 24h", "order: sequentially"),
            ("play: p", "play: []"),
            ("match: {}", "match: { years: 1984 }"),
            ("match: {}", "match: { year: 80s }"),
            ("match: {}", "match: { kind: film }"),
            ("match: {}", "match: { not: { not: { type: film } } }"),
        ] {
            let text = ok.replace(right, wrong);
            assert_ne!(text, ok, "{right}");
            let refused = Plan::read(&text).1.iter().any(|problem| problem.severity == Severity::Error);
            assert!(refused, "{wrong}");
            assert!(!faults(&validator, &text).is_empty(), "{wrong}");
        }
    }
}
