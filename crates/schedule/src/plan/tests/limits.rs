//! What no file can have without end, and the limits that are told.

use super::*;

/// The one problem of that code says so.
#[track_caller]
fn limited(text: &str, code: &str, message: &str) {
    let (_, problems) = Plan::sketch(text);
    let told: Vec<_> = problems.iter().filter(|problem| problem.code == code).collect();
    let [problem] = told.as_slice() else { panic!("{problems:#?}") };
    assert_eq!((problem.severity, problem.message.as_str()), (Severity::Error, message));
    assert!(!problem.hint.is_empty());
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

#[test]
fn files_and_their_aliases_are_bounded() {
    let long = format!("# {}\n{OK}", "x".repeat(MAX_FILE_BYTES));
    limited(&long, "too_large", "The file is longer than 256 KiB.");
    let message = "With its aliases written out the file is longer than 2048 KiB.";
    let texts = format!("a: &a {}\nb: [{}]", "x".repeat(100_000), "*a,".repeat(30));
    limited(&texts, "too_large", message);
    limited(
        &format!("a: &a {}\nb: {{{}}}", "x".repeat(100_000), repeated(30, |n| format!("k{n}: *a,"))),
        "too_large",
        message,
    );
    // the largest file without aliases is within that
    let (_, problems) = Plan::sketch(&format!("{{{}}}", repeated(40_000, |n| format!("{n},"))));
    assert!(problems.iter().all(|problem| problem.code != "too_large"));
}

#[test]
fn depth_is_bounded() {
    let message = "Nested deeper than 32 levels.";
    for open in ["[", "{a: ", "- ", "? "] {
        limited(&open.repeat(40), "too_deep", message);
        limited(&open.repeat(10_000), "too_deep", message);
    }
}

#[test]
fn lists_are_bounded() {
    let rest = "pools: { p: { match: {} } }\nfallback: p\n";
    let all = "schedule: { all: [{ at: 06:00, for: 24h, play: p }] }\n";
    let list = |key: &str, part: &str| format!("channel: c\n{rest}{all}{}", key.replace('$', &part.repeat(101)));
    let most = |what: &str, count: usize, most: usize| format!("`{what}` has {count} entries, and {most} is the most.");
    limited(&list("breaks: { pod: [$] }", "p,"), "too_large", &most("pod", 101, 100));
    limited(&list("breaks: { pod: p, at: [$] }", "chapters,"), "too_large", &most("at", 101, 100));
    limited(&list("traffic: { dayparts: { toys: [$] } }", "1:00..2:00,"), "too_large", &most("toys", 101, 100));
    limited(&list("audio: { languages: [$] }", "eng,"), "too_large", &most("languages", 101, 100));
    let rules = repeated(101, |n| format!("t{n}: 1,"));
    limited(
        &format!("channel: c\n{rest}{all}traffic: {{ per_day: {{ {rules} }} }}"),
        "too_large",
        &most("per_day", 101, 100),
    );
    let fallback = format!("channel: c\n{all}pools: {{ p: {{ match: {{}} }} }}\nfallback: [{}]", "p,".repeat(101));
    limited(&fallback, "too_large", &most("fallback", 101, 100));
    let pools = format!("schedule: {{ all: [{{ at: 06:00, for: 24h, play: [{}] }}] }}", "p,".repeat(101));
    limited(&format!("channel: c\n{rest}{pools}"), "too_large", &most("play", 101, 100));
    let pools = repeated(1001, |n| format!(" p{n}: {{ match: {{}} }}\n"));
    limited(
        &format!("channel: c\n{all}pools:\n p: {{ match: {{}} }}\n{pools}"),
        "too_large",
        &most("pools", 1002, 1000),
    );
    let templates = repeated(1001, |n| format!(" t{n}: []\n"));
    limited(&format!("channel: c\n{rest}{all}templates:\n{templates}"), "too_large", &most("templates", 1001, 1000));
    let layers = repeated(1001, |n| format!(" {:04}-01-01: []\n", n + 1000));
    limited(&format!("channel: c\n{rest}schedule:\n{layers}"), "too_large", &most("schedule", 1001, 1000));
}

#[test]
fn titles_are_short_and_on_one_line() {
    let slot = |title: &str| vec![format!("{{ at: 06:00, for: 24h, play: a, title: {title} }}")];
    let check =
        |title: &str, expect: &[&str]| check_slots(&slot(title).iter().map(String::as_str).collect::<Vec<_>>(), expect);
    check(&"é".repeat(200), &[]);
    check(&"é".repeat(201), &["3:42 bad_value"]);
    check("\"one\\ntwo\"", &["3:42 bad_value"]);
}

#[test]
fn hints_are_sought_for_what_is_read() {
    let pools = repeated(999, |n| format!(" {n:060}: {{ match: {{}} }}\n"));
    let slots = repeated(300, |n| format!("  - {{ at: 06:00, play: {n:059}x }}\n"));
    let (_, problems) = Plan::sketch(&format!("channel: c\npools:\n{pools}schedule:\n all:\n{slots}"));
    let unknown = |problem: &&Problem| problem.code == "unknown_pool";
    assert!(problems.iter().filter(unknown).all(|problem| problem.hint.starts_with("Did you mean `000")));
}

#[test]
fn what_refuses_a_file_is_told_before_what_does_not() {
    let pools = repeated(300, |n| format!(" p{n}: {{ match: {{}} }}\n"));
    let told =
        problems(&format!("channel: c\npools:\n{pools}schedule: {{ all: [{{ at: 06:00, for: 24h, play: q }}] }}"));
    assert_eq!((told.len(), told[199].as_str()), (201, "303:48 unknown_pool"));
}

#[test]
fn messages_are_short_whatever_they_name() {
    let key = "x".repeat(3000);
    for rules in ["cooldown", "per_day", "dayparts"] {
        for value in ["[]", "odd", "{}"] {
            let (_, problems) = Plan::sketch(&format!("{OK}traffic: {{ {rules}: {{ {key}: {value} }} }}"));
            assert!(problems.iter().all(|problem| problem.message.len() < 300), "{problems:?}");
        }
    }
}

#[test]
fn hints_are_short_whatever_they_name() {
    let (_, problems) = Plan::sketch(&format!(
        "channel: c\npools: {{ {}: {{ match: {{}} }}, \"a\\nb\": {{ match: {{}} }} }}\nschedule: {{ all: [{{ at: 06:00, play: q }}] }}",
        "9".repeat(3000)
    ));
    let hint = &problems.iter().find(|problem| problem.code == "unknown_pool").unwrap().hint;
    assert_eq!(*hint, format!("Known here: \"{}\"…, \"a\\nb\".", "9".repeat(60)));
}

#[test]
fn problems_are_bounded() {
    let lines: String = (0..300).map(|n| format!("x{n}: 1\n")).collect();
    let told = problems(&format!("{lines}{OK}"));
    assert_eq!((told.len(), told[200].as_str()), (201, "0:0 more_problems"));
}

#[test]
fn aliases_are_values_but_no_bombs() {
    check(
        &OK.replace("p: { match: {} }", "p: &p { match: {} }\n  q: *p").replace("play: p", "play: q"),
        &["3:3 unused_pool?"],
    );
    let bomb: String =
        (1..9).map(|i| format!("k{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","))).collect();
    let told = problems(&format!("k0: &a0 [x]\n{bomb}"));
    assert_eq!(told.len(), 1);
    assert!(told[0].ends_with("too_large"), "{told:?}");
}

#[test]
fn templates_are_slots_that_layers_share() {
    let text = "channel: c
pools: { p: { match: {} }, q: { match: {} } }
templates:
  evening:
    - { at: 18:00, for: 2h, play: p }
    - { at: 20:00, until: 23:00, play: q }
schedule:
  all: [{ at: 06:00, play: p }]
  weekdays: evening
  friday: [{ at: 10:00, for: 1h, play: q }, evening]
";
    check(text, &[]);
    let layers = plan(text).layers;
    let ids = |layer: usize| layers[layer].slots.iter().map(|slot| (slot.id.clone(), slot.index)).collect::<Vec<_>>();
    assert_eq!(ids(1), [("weekdays@18:00".to_owned(), 0), ("weekdays@20:00".to_owned(), 1)]);
    assert_eq!(
        ids(2),
        [("friday@10:00".to_owned(), 0), ("friday@18:00".to_owned(), 1), ("friday@20:00".to_owned(), 2)]
    );
    assert_eq!(layers[2].slots[1].place, Position { line: 5, column: 7 });

    // each told once, where it is
    check(&text.replace("at: 18:00", "at: 18:10"), &["5:7 off_grid?", "6:7 overlap", "6:7 overlap"]);
    check(&text.replace("play: q }\nschedule", "play: x }\nschedule"), &["6:40 unknown_pool"]);
    check(&text.replace("weekdays: evening", "weekdays: evning"), &["9:13 unknown_template"]);
    assert_eq!(hint(&text.replace("weekdays: evening", "weekdays: evning"), 9), "Did you mean `evening`?");
    check(&text.replace("at: 10:00, for: 1h", "at: 19:00, for: 1h"), &["5:7 overlap"]);
    check(&text.replace("weekdays: evening", "weekdays: []").replace(", evening]", "]"), &["4:3 unused_template?"]);
    check(&text.replace("    - { at: 18:00, for: 2h, play: p }", "    - evening"), &["5:7 wrong_type"]);
    check(
        &text.replace("  evening:\n", "  my evening:\n"),
        &["4:3 bad_value", "4:3 unused_template?", "9:13 unknown_template", "10:45 unknown_template"],
    );
    check(&OK.replace("  all:\n    - {", "  all:\n    - x\n    - {"), &["6:7 unknown_template"]);
    let many = (1..=28).flat_map(|day| (1..=12).map(move |month| format!("  {month:02}-{day:02}: long\n")));
    let slots: String = (0..1440).map(|n| format!("    - {{ at: {:02}:{:02}, play: p }}\n", n / 60, n % 60)).collect();
    let many: String = many.collect();
    let bomb = format!(
        "channel: c\ngrid: 1m\npools: {{ p: {{ match: {{}} }} }}\ntemplates:\n  long:\n{slots}schedule:\n{many}"
    );
    let told = problems(&bomb);
    assert!(told.iter().any(|problem| problem.ends_with("too_large")), "{told:?}");
}
