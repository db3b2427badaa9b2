//! What a verb's data looks like, written as JSON whose values are words:
//!
//! | word | stands for |
//! |---|---|
//! | `text` | any text but an empty one |
//! | `string` `any` | any text; anything at all |
//! | `flag` `count` `number` | true or false; a whole number from 0 on; any number |
//! | `instant` `uri` | RFC 3339 in UTC with milliseconds; `file://` |
//! | `a\|b` | one of these texts |
//! | `word?` | that, or null |
//! | `[shape]` | a list of at least one; `["*", shape]` one that may be empty |
//! | `{"*": shape}` | any keys |
//! | `@name` | a shape of [`NAMED`]; `"..": "@name"` its keys among others |
//!
//! All other keys have to be there, and no others.

use serde_json::{Map, Value};

use crate::table::NAMED;

/// Every place where `data` differs from `shape`.
pub(crate) fn differences(shape: &str, data: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(&read(shape), data, "data", &mut found);
    found
}

fn read(shape: &str) -> Value {
    serde_json::from_str(shape).unwrap_or_else(|error| panic!("{error}: {shape}"))
}

/// The shape that `@name` stands for.
fn named(word: &str) -> Option<Value> {
    let name = word.strip_prefix('@')?;
    let (_, shape) =
        NAMED.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no shape is called {name}"));
    Some(read(shape))
}

fn compare(shape: &Value, data: &Value, place: &str, found: &mut Vec<String>) {
    match (shape, data) {
        (Value::String(word), data) => match named(word.trim_end_matches('?')) {
            Some(_) if word.ends_with('?') && data.is_null() => {}
            Some(shape) => compare(&shape, data, place, found),
            None if is(word, data) => {}
            None => found.push(format!("{place} is no {word}: {data}")),
        },
        (Value::Object(shape), Value::Object(data)) => fields(shape, data, place, found),
        (Value::Array(shape), Value::Array(data)) => {
            let may_be_empty = shape.first().is_some_and(|first| first == "*");
            if data.is_empty() && !may_be_empty {
                found.push(format!("{place} is empty"));
            }
            let shape = &shape[usize::from(may_be_empty)];
            data.iter().enumerate().for_each(|(at, item)| compare(shape, item, &format!("{place}[{at}]"), found));
        }
        (shape, data) => found.push(format!("{place} is not of the form {shape}: {data}")),
    }
}

fn fields(shape: &Map<String, Value>, data: &Map<String, Value>, place: &str, found: &mut Vec<String>) {
    if let Some(any) = shape.get("*") {
        return data.iter().for_each(|(key, value)| compare(any, value, &format!("{place}.{key}"), found));
    }
    let mut shape = shape.clone();
    if let Some(Value::Object(more)) = shape.remove("..").and_then(|word| named(word.as_str()?)) {
        shape.extend(more);
    }
    for (key, shape) in &shape {
        match data.get(key) {
            Some(value) => compare(shape, value, &format!("{place}.{key}"), found),
            None => found.push(format!("{place}.{key} is not there")),
        }
    }
    found.extend(data.keys().filter(|key| !shape.contains_key(*key)).map(|key| format!("{place}.{key} is not known")));
}

fn is(word: &str, data: &Value) -> bool {
    if let Some(word) = word.strip_suffix('?') {
        return data.is_null() || is(word, data);
    }
    match (word, data) {
        ("any", data) => !data.is_null(),
        ("text", Value::String(text)) => !text.is_empty(),
        ("string", Value::String(_)) | ("flag", Value::Bool(_)) | ("number", Value::Number(_)) => true,
        ("count", Value::Number(number)) => number.is_u64(),
        ("instant", Value::String(text)) => {
            text.len() == 24 && text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()
        }
        ("uri", Value::String(text)) => text.starts_with("file:///"),
        (words, Value::String(text)) => words.split('|').any(|word| word == text),
        _ => false,
    }
}

#[test]
fn shapes_are_told_apart() {
    let check = |shape: &str, data: &str, expected: &[&str]| {
        assert_eq!(differences(shape, &serde_json::from_str(data).unwrap()), expected, "{shape}");
    };
    check(r#"{"a": "count", "b": "text?"}"#, r#"{"a": 1, "b": null}"#, &[]);
    check(r#"{"a": "count"}"#, r#"{"a": -1, "b": 1}"#, &["data.a is no count: -1", "data.b is not known"]);
    check(r#"["text"]"#, "[]", &["data is empty"]);
    check(r#"["*", "text"]"#, r#"["x", ""]"#, &[r#"data[1] is no text: """#]);
    check(r#"{"*": "x|y"}"#, r#"{"k": "x", "l": "z"}"#, &[r#"data.l is no x|y: "z""#]);
    check(
        r#"{"at": "instant"}"#,
        r#"{"at": "2026-11-22T20:00:00Z"}"#,
        &[r#"data.at is no instant: "2026-11-22T20:00:00Z""#],
    );
    check(r#"{"a": ["text"]}"#, r#"{}"#, &["data.a is not there"]);
}
