//! The channel files that the repository shows: in its docs, its examples and its tests.

use std::fs;
use std::path::Path;

/// All of them. What is a part of a file in the docs is made whole.
pub(crate) fn files() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for room in ["README.md", "docs", "examples", "crates/schedule/src", "crates/core/src", "crates/core/tests"] {
        gather(&root.join(room), &mut found);
    }
    assert!(found.len() > 30, "{}", found.len());
    found
}

fn gather(path: &Path, found: &mut Vec<String>) {
    if path.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        return entries.iter().for_each(|entry| gather(entry, found));
    }
    let Ok(text) = fs::read_to_string(path) else { return };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") => found.push(text),
        Some("md") => {
            found.extend(text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).map(whole))
        }
        Some("rs") => found.extend(quoted(&text)),
        _ => {}
    }
}

fn whole(part: &str) -> String {
    let mut text = part.to_owned();
    if !text.contains("channel:") {
        text.insert_str(0, "channel: c\n");
    }
    if !text.contains("pools:") {
        text.push_str("\npools: { cheers: { match: {} }, films: { match: { type: movie } } }\n");
    }
    if !text.contains("schedule:") {
        text.push_str("\nschedule: { all: [{ at: \"06:00\", for: 24h, play: cheers }] }\n");
    }
    text
}

/// What tests hold between quotes and looks like a file, as near as can be told.
fn quoted(source: &str) -> impl Iterator<Item = String> {
    let texts = source.split("channel: ").skip(1).map(|text| text.split("\";").next().unwrap_or_default());
    let texts = texts.filter(|text| text.contains("schedule") && !text.contains("fn "));
    texts.map(|text| {
        format!("channel: {}", text.replace("\\\"", "\"").replace("\\n", "\n").replace("{{", "{").replace("}}", "}"))
    })
}
