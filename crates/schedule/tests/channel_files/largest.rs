//! Files as large as they may be, each with one thing without end in it.

use std::fmt::Write;

const OK: &str = "channel: c\npools: { p: { match: {} } }\nfallback: [ p ]\n";

/// Each with what it is, up to so many bytes.
pub(crate) fn files(size: usize) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for unit in UNITS {
        files.push((format!("{unit:?} again and again"), unit.repeat(size / unit.len())));
        let head = format!("{OK}schedule: {{ all: [] }}\nname: ");
        files.push((format!("a name of {unit:?}"), format!("{head}{}", unit.repeat((size - head.len()) / unit.len()))));
    }
    let mut add = |what: &str, head: &str, line: &dyn Fn(usize) -> String, tail: &str| {
        let mut text = head.to_owned();
        for number in 0.. {
            let line = line(number);
            if text.len() + line.len() + tail.len() > size {
                break;
            }
            text.push_str(&line);
        }
        files.push((what.to_owned(), format!("{text}{tail}")));
    };
    let schedule = format!("{OK}schedule:\n  all:\n");
    let second = |n: usize| format!("{}:{}:{}", n / 3600 % 24, n / 60 % 60, n % 60);
    add("slots", &schedule, &|n| format!("  - {{at: {}, for: 1s, play: p}}\n", second(n)), "");
    add("slots with gaps", &schedule, &|n| format!("  - {{at: {}, for: 1s, play: p}}\n", second(2 * n)), "");
    add("slots that overlap", &schedule, &|_| "  - {at: 1:0, for: 24h, play: p}\n".to_owned(), "");
    add(
        "layers",
        &format!("{OK}schedule:\n"),
        &|n| format!(" {:04}-1-1..9999-12-31: [{{at: 1:0, play: p}}]\n", n + 1),
        "",
    );
    let days = |n: usize| {
        format!("{:02}-{:02}..{:02}-{:02}", n / 9072 % 12 + 1, n / 324 % 28 + 1, n / 27 % 12 + 1, n % 27 + 1)
    };
    add("empty layers", &format!("{OK}schedule:\n"), &|n| format!(" {}:\n", days(n)), "");
    let template =
        format!("{OK}templates:\n t:\n  - {{at: 1:0, play: p, title: {}}}\nschedule:\n", "x".repeat(size / 3));
    add("a template of a long title", &template, &|n| format!(" {}: t\n", days(n)), "");
    let many = format!("{OK}templates:\n t: [{}]\nschedule:\n", "{at: 1:0, play: p},".repeat(1000));
    add("a template of many slots", &many, &|n| format!(" {}: t\n", days(n)), "");
    let unknown = "schedule: { all: [{ at: 1:0, play: p }] }\n";
    add("pools", &format!("channel: c\n{unknown}pools:\n"), &|n| format!(" p{n}: {{match: {{}}}}\n"), "");
    let mut pools = "channel: c\npools:\n".to_owned();
    for n in 0..size / 44 {
        _ = writeln!(pools, " p{n:06}: {{}}");
    }
    add("unknown pools", &format!("{pools}schedule: {{ all: [{{ at: 1:0, play: ["), &|n| format!("q{n:06},"), "]}]}\n");
    add("pools of a slot", &format!("{OK}schedule: {{ all: [{{ at: 1:0, play: ["), &|_| "p,".to_owned(), "]}]}\n");
    let night = "schedule: { all: [{ at: 1:0, play: p }] }\n";
    add("a pod", &format!("{OK}{night}breaks: {{ pod: ["), &|_| "p,".to_owned(), "]}\n");
    add("points", &format!("{OK}{night}breaks: {{ pod: p, at: ["), &|_| "chapters,".to_owned(), "]}\n");
    add("languages", &format!("{OK}{night}audio: {{ languages: ["), &|_| "eng,".to_owned(), "]}\n");
    add(
        "fallback",
        &format!("channel: c\npools: {{ p: {{ match: {{}} }} }}\n{night}fallback: ["),
        &|_| "p,".to_owned(),
        "]\n",
    );
    add("dayparts", &format!("{OK}{night}traffic: {{ dayparts: {{ x: ["), &|_| "1:0..2:0,".to_owned(), "]}}\n");
    let half = "1:0..2:0,".repeat(size / 20);
    add(
        "slots that share their traffic",
        &format!("{OK}traffic: {{ dayparts: {{ x: [{half}]}}}}\nschedule:\n  all:\n"),
        &|n| format!("  - {{at: {}, play: p, traffic: {{}}}}\n", second(n)),
        "",
    );
    let parts = "p,".repeat(100);
    add(
        "slots that share their breaks",
        &format!("{OK}breaks: {{ pod: [{parts}]}}\nschedule:\n  all:\n"),
        &|n| format!("  - {{at: {}, play: p, breaks: {{}}}}\n", second(n)),
        "",
    );
    add("rules", &format!("{OK}{night}traffic: {{ cooldown: {{"), &|n| format!("t{n}: 1h,"), "}}\n");
    add(
        "years of a pool",
        &format!("channel: c\n{night}pools: {{ p: {{ match: {{ year: ["),
        &|n| format!("{n},"),
        "]}}}\n",
    );
    let long = "x".repeat(size / 3);
    add("aliases of a long text", &format!("{OK}{night}long: &l {long}\nall: ["), &|_| "*l,".to_owned(), "]\n");
    add("aliases of a key", &format!("{OK}{night}long: &l {long}\nall: {{"), &|n| format!("k{n}: *l,"), "}\n");
    add(
        "aliases of a slot",
        &format!("{OK}x: &s {{at: 1:0, play: p}}\nschedule: {{ all: ["),
        &|_| "*s,".to_owned(),
        "]}\n",
    );
    add("anchors", OK, &|n| format!("x{n}: &a{n} 1\n"), "");
    add("keys", OK, &|n| format!("x{n}: 1\n"), "");
    add(
        "nots",
        &format!("channel: c\n{night}pools: {{ p: {{ match: {{ not: ["),
        &|_| "{year: 1},".to_owned(),
        "]}}}\n",
    );
    files
}

/// What scanners of YAML have been slow at.
const UNITS: [&str; 32] = [
    "[", "{", "[a,", "{a: ", "- ", "? ", ": ", "&a ", "*a ", "!a ", "%", "#", "\"", "'", "|\n", "> ", "\n", "\r", "\t",
    " ", "a", "a ", "a\n", "a: ", "a:\n", "---\n", "...\n", "\\", "é", "😀", "\u{85}", "x: \"\n",
];
