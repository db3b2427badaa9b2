//! The nights that a channel spends off air: a layer above all others.

use super::fields::{Fields, parsed, text};
use super::slot::Names;
use super::tree::Node;
use super::{Breaks, Days, Layer, Order, Overrun, Play, Slot, SlotEnd, scalar, words};
use crate::problem::Problem;

/// What guides show.
const TITLE: &str = "Off air";

/// The layer's name, which no other can have.
const LAYER: &str = "off_air";

/// What a channel shows while it is off air.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffAir {
    /// The pool of which one item begins each night.
    pub sign_off: Option<String>,
    /// The pool that is shown until the night is over; the card where there is none.
    pub show: Option<String>,
}

/// The layer that `off_air` means.
pub(super) fn read(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Option<Layer> {
    let fields = Fields::of(node, &words::OFF_AIR, problems)?;
    let from = fields.require("from", "from: \"02:00\"", problems);
    let from =
        from.and_then(|node| parsed("from", node, "bad_time", "a time of day as \"02:00\"", scalar::time, problems));
    let to = fields.require("to", "to: \"06:00\"", problems);
    let end =
        to.and_then(|node| parsed("to", node, "bad_time", "a time of day as \"06:00\"", scalar::end_time, problems));
    if let Some(node) = to.filter(|_| from.is_some() && from == end) {
        let message = "The channel would be off air all day.";
        problems.push(Problem::error("bad_value", node.place, message).with_hint("Let `to` differ from `from`."));
    }
    let mut pool = |key: &str, card: Option<&str>| {
        let node = fields.get(key)?;
        let name = text(key, node, problems)?;
        if card == Some(name) && !names.pools.contains_key(name) {
            return None;
        }
        names.note(name, node, problems);
        Some(name.to_owned())
    };
    let off_air = OffAir { show: pool("show", Some("test-card")), sign_off: pool("sign_off", None) };
    let from = from?;
    let slot = Slot {
        index: 0,
        id: format!("{LAYER}@{}", scalar::show_time(from)),
        at: from,
        end: SlotEnd::Until(end?),
        play: Play::OffAir(off_air),
        order: Order::Sequential,
        overrun: Overrun::Trim,
        title: Some(TITLE.to_owned()),
        breaks: Some(Breaks::default()),
        traffic: None,
        place: node.place,
    };
    Some(Layer { name: LAYER.to_owned(), days: Days::Always, slots: vec![slot], place: node.place })
}
