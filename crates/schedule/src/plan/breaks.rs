//! Where programmes are broken, and what a break is made of.

use std::sync::Arc;
use std::time::Duration;

use super::fields::{Fields, list, list_up_to, parsed, quoted, text, wrong_type};
use super::slot::{Names, choose};
use super::tree::{Node, Value};
use super::{scalar, words};
use crate::problem::{Position, Problem};

/// Between acts of a programme that names no break of its own, where the file says nothing of it.
const EVERY: Duration = Duration::from_secs(8 * 60);

const FADE: Duration = Duration::from_millis(500);

const LONGEST_FADE: Duration = Duration::from_secs(5);

/// The shortest and the longest act between computed breaks.
const ACTS: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);

/// A pod of more parts is no pod, and a file could name as many.
const MOST_PARTS: usize = 100;

/// Where programmes are broken and what fills the breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaks {
    /// Where: the first of these that an asset has. None breaks no programme.
    pub at: Vec<Points>,
    /// What a break is made of, in order. With nothing there are no breaks.
    pub pod: Arc<[PodPart]>,
    /// How long picture and sound take to go and to come back, at breaks which nobody made.
    pub fade: Duration,
    /// Whether a break follows the programme, up to the start of what comes next.
    pub after: bool,
    /// Where the file says so.
    pub place: Position,
}

/// What tells where a programme may be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Points {
    /// Its chapters.
    Chapters,
    /// Where it is black and silent.
    Detected,
    /// The clock: after each so long a time.
    Every(Duration),
}

/// One thing that a break is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodPart {
    /// From this pool.
    pub pool: String,
    /// As many as there is room for; else one.
    pub repeats: bool,
}

impl Default for Breaks {
    /// None.
    fn default() -> Self {
        Self { at: Vec::new(), pod: Arc::default(), fade: FADE, after: false, place: Position::default() }
    }
}

/// What `node` says of breaks; what it leaves out is as in `base`, where there is one that has breaks.
pub(super) fn read(node: &Node, base: Option<&Breaks>, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Breaks {
    if let Value::Scalar(scalar) = &node.value {
        if scalar.text != "none" {
            let message = format!("`breaks` is {}, which is not known.", quoted(&scalar.text));
            let hint = "Write `breaks: none`, or `breaks: { at: chapters, pod: [ POOL… ] }`.";
            problems.push(Problem::error("bad_value", node.place, message).with_hint(hint));
        }
        return Breaks::default();
    }
    let Some(fields) = Fields::of(node, &words::BREAKS, problems) else { return Breaks::default() };
    let base = base.filter(|base| !base.pod.is_empty());
    let pod = match fields.get("pod") {
        Some(node) => read_pod(node, names, problems).into(),
        None if base.is_some() => base.map(|base| base.pod.clone()).unwrap_or_default(),
        None => {
            fields.require("pod", "pod: [ POOL… ]", problems);
            Arc::default()
        }
    };
    let at = fields.get("at").map(|node| read_points(node, problems));
    let fade = fields.get("fade").and_then(|node| {
        let expected = format!("a duration up to {}, as 500ms", scalar::show_duration(LONGEST_FADE));
        let fits = |text: &str| scalar::duration(text).filter(|fade| *fade <= LONGEST_FADE);
        parsed("fade", node, "bad_duration", &expected, fits, problems)
    });
    let after = fields.get("after").and_then(|node| choose("after", node, &BOOLS, problems));
    Breaks {
        at: at.unwrap_or_else(|| base.map_or_else(|| chain(Points::Chapters), |base| base.at.clone())),
        pod,
        fade: fade.unwrap_or_else(|| base.map_or(FADE, |base| base.fade)),
        after: after.unwrap_or_else(|| base.is_none_or(|base| base.after)),
        place: node.place,
    }
}

const BOOLS: [(&str, bool); 2] = [("true", true), ("false", false)];

/// `first`, and what stands in for it where an asset has none.
fn chain(first: Points) -> Vec<Points> {
    let all = [Points::Chapters, Points::Detected, Points::Every(EVERY)];
    match first {
        Points::Every(_) => vec![first],
        _ => all.into_iter().skip_while(|points| *points != first).collect(),
    }
}

/// One word stands for itself and those behind it, a list for what it names.
fn read_points(node: &Node, problems: &mut Vec<Problem>) -> Vec<Points> {
    if let Value::List(_) = &node.value {
        return list_up_to(MOST_PARTS, "at", node, problems)
            .iter()
            .filter_map(|node| read_one(node, problems))
            .flatten()
            .collect();
    }
    read_one(node, problems).flatten().map(chain).unwrap_or_default()
}

/// The inner `None` is `none`.
fn read_one(node: &Node, problems: &mut Vec<Problem>) -> Option<Option<Points>> {
    let expected = "chapters, detected, none, or an interval as `every 8m`";
    let points = |text: &str| match text {
        "chapters" => Some(Some(Points::Chapters)),
        "detected" => Some(Some(Points::Detected)),
        "none" => Some(None),
        _ => {
            let every = scalar::duration(text.strip_prefix("every ")?)?;
            ACTS.contains(&every).then_some(Some(Points::Every(every)))
        }
    };
    parsed("at", node, "bad_value", expected, points, problems)
}

fn read_pod(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Vec<PodPart> {
    if matches!(node.value, Value::Map(_)) || list(node).is_empty() {
        problems.push(wrong_type("`pod`", node, "a list of pools, as `[ idents, spots…, idents ]`"));
    }
    let mut pod = Vec::new();
    for node in list_up_to(MOST_PARTS, "pod", node, problems) {
        let Some(text) = text("pod", node, problems) else { continue };
        let pool = text.strip_suffix('…').or_else(|| text.strip_suffix("...")).unwrap_or(text);
        names.note(pool, node, problems);
        pod.push(PodPart { pool: pool.to_owned(), repeats: pool != text });
    }
    pod
}
