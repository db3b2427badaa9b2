//! A match on one line: `series=Cheers,year=1982..1984,rating!=PG,PG-13`. It becomes the tree that the channel file's
//! `match` is, and is read by the same code.

use super::fields::named;
use super::tree::{Entry, Node, Scalar, Value};
use crate::problem::{Position, Problem};

/// What is written with `=` or with `!=`.
struct Part {
    is_not: bool,
    entry: Entry,
}

/// The tree of an expression: `key=value` or `key!=value`, separated by commas; what has no key is another value of the
/// one before it. Text in double quotes is taken as it is.
pub(super) fn tree(expression: &str) -> Result<Node, Problem> {
    let mut read: Vec<Part> = Vec::new();
    if let Some(quote) = expression.rfind('"').filter(|_| expression.matches('"').count() % 2 == 1) {
        let column = u32::try_from(expression[..quote].chars().count() + 1).unwrap_or(u32::MAX);
        let problem =
            Problem::error("bad_value", Position { line: 1, column }, "A quote is opened here and not closed.");
        return Err(problem.with_hint(HINT));
    }
    for (column, part) in parts(expression) {
        let place = Position { line: 1, column };
        let (key, value) = match part.split_once('=').filter(|(key, _)| !key.contains('"')) {
            Some((key, value)) => (Some(key.trim()), value.trim()),
            None => (None, part.trim()),
        };
        let is_not = key.is_some_and(|key| key.ends_with('!'));
        let key = key.map(|key| key.trim_end_matches('!').trim_end());
        let value = Node { place, value: Value::Scalar(scalar(value)) };
        let same = match key {
            Some(key) => read.iter_mut().find(|part| part.is_not == is_not && part.entry.key == key),
            None => read.last_mut(),
        };
        match (same.map(|part| &mut part.entry), key) {
            _ if value.is_null() => {
                let what = key.map_or_else(|| "A comma".to_owned(), named);
                return Err(Problem::error("bad_value", place, format!("{what} has no value here.")).with_hint(HINT));
            }
            (Some(entry), _) => entry.value = both(entry.value.clone(), value),
            (None, Some(key)) => read.push(Part { is_not, entry: Entry { key: key.to_owned(), place, value } }),
            (None, None) => {
                let message = format!("{} is not `key=value`.", named(part.trim()));
                return Err(Problem::error("bad_value", place, message).with_hint(HINT));
            }
        }
    }
    let (nots, rest): (Vec<Part>, Vec<Part>) = read.into_iter().partition(|part| part.is_not);
    let mut entries: Vec<Entry> = rest.into_iter().map(|part| part.entry).collect();
    let nots = nots.into_iter().map(|part| Node { place: part.entry.place, value: Value::Map(vec![part.entry]) });
    let nots: Vec<Node> = nots.collect();
    if let Some(place) = nots.first().map(|first| first.place) {
        entries.push(Entry { key: "not".to_owned(), place, value: Node { place, value: Value::List(nots) } });
    }
    Ok(Node { place: Position { line: 1, column: 1 }, value: Value::Map(entries) })
}

const HINT: &str = "Write `key=value` or `key!=value`, separated by commas, as in `series=Cheers,year=1982..1984`.";

/// What lies between commas outside of quotes, with its column. An empty expression has no parts.
fn parts(expression: &str) -> Vec<(u32, &str)> {
    let mut found = Vec::new();
    let (mut from, mut column, mut next, mut quoted) = (0, 1, 1, false);
    for (at, c) in expression.char_indices() {
        next += 1;
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                found.push((column, &expression[from..at]));
                (from, column) = (at + 1, next);
            }
            _ => {}
        }
    }
    if !(found.is_empty() && expression.trim().is_empty()) {
        found.push((column, &expression[from..]));
    }
    found
}

fn scalar(text: &str) -> Scalar {
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(text) => Scalar { text: text.to_owned(), plain: false },
        None => Scalar { text: text.to_owned(), plain: true },
    }
}

fn both(first: Node, next: Node) -> Node {
    let place = first.place;
    let mut values = match first.value {
        Value::List(values) => values,
        Value::Scalar(_) | Value::Map(_) => vec![first],
    };
    values.push(next);
    Node { place, value: Value::List(values) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::asset::{Kind, MediaType};
    use crate::plan::{Match, Range};

    fn check(expression: &str, expected: Match) {
        let kinds = if expected.kinds.is_empty() { vec![Kind::Programme] } else { expected.kinds.clone() };
        assert_eq!(Match::parse(expression), Ok(Match { kinds, ..expected }), "{expression}");
    }

    #[test]
    fn expressions_are_matches_on_one_line() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let all = Match::default;
        check("", all());
        check("kind=station_id", Match { kinds: vec![Kind::StationId], ..all() });
        check(
            "type=movie, year=1980..1989,rating=PG,PG-13 , max_duration=3h",
            Match {
                types: vec![MediaType::Movie],
                years: vec![Range { first: 1980, last: 1989 }],
                ratings: texts(&["PG", "PG-13"]),
                max_duration: Some(Duration::from_secs(3 * 3600)),
                ..all()
            },
        );
        check("kind=promo,kind=psa", Match { kinds: vec![Kind::Promo, Kind::Psa], ..all() });
        check(
            "series=\"Beverly Hills, 90210\",title=\"a=b\"",
            Match { series: texts(&["Beverly Hills, 90210"]), titles: texts(&["a=b"]), ..all() },
        );
        check(
            "type=movie,genres!=horror,thriller,year=1980..1989,rating!=R,genres!=war",
            Match {
                types: vec![MediaType::Movie],
                years: vec![Range { first: 1980, last: 1989 }],
                not: vec![
                    Match { genres: texts(&["horror", "thriller", "war"]), ..all() },
                    Match { ratings: texts(&["R"]), ..all() },
                ],
                ..all()
            },
        );
        check("series=The A-Team", Match { series: texts(&["The A-Team"]), ..all() });
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let check = |expression: &str, message: &str, column: u32| {
            let problems = Match::parse(expression).unwrap_err();
            assert_eq!((problems[0].message.as_str(), problems[0].column), (message, column), "{expression}");
        };
        check("colour=red", "`colour` is no key of `match`.", 1);
        check("cheers", "`cheers` is not `key=value`.", 1);
        check("type=movie,kind=films", "\"films\" is no kind of assets.", 12);
        check("type=movie,year=198x", "`year` is \"198x\", which is not a number as 3 or a range as 1980..1989.", 12);
        check("type=movie,genre!=horror", "`genre` is no key of `match`.", 12);
        check("series=", "`series` has no value here.", 1);
        check("series=Cheers,", "A comma has no value here.", 15);
        let problems = Match::parse("sereis=Cheers").unwrap_err();
        assert_eq!(problems[0].hint, "Did you mean `series`?");
    }
}
