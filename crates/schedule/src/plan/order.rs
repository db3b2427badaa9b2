//! The order of a slot.

use super::Order;
use super::fields::{Fields, list, parsed};
use super::slot::choose;
use crate::problem::Problem;

/// So many items may be kept from coming again: more would swell what is remembered of a pool.
pub(super) const MOST_UNREPEATED: u32 = 500;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Word {
    Sequential,
    Shuffle,
    Random,
    Weighted,
    Rotate,
    Marathon,
    Newest,
}

pub(super) const ORDERS: [(&str, Word); 7] = [
    ("sequential", Word::Sequential),
    ("shuffle", Word::Shuffle),
    ("random", Word::Random),
    ("weighted", Word::Weighted),
    ("rotate", Word::Rotate),
    ("marathon", Word::Marathon),
    ("newest", Word::Newest),
];

/// The order of a slot that plays so many pools.
pub(super) fn read(slot: &Fields<'_>, pools: usize, problems: &mut Vec<Problem>) -> Order {
    let node = slot.get("order");
    let word = node.and_then(|node| choose("order", node, &ORDERS, problems));
    let unrepeated = slot.get("no_repeat").and_then(|node| {
        let expected = format!("a whole number from 1 to {MOST_UNREPEATED}");
        let fits = |text: &str| text.parse().ok().filter(|count| (1..=MOST_UNREPEATED).contains(count));
        parsed("no_repeat", node, "bad_value", &expected, fits, problems)
    });
    let weights = slot.get("weights").map(|node| {
        let weight = |text: &str| text.parse().ok().filter(|weight| (1..=1000).contains(weight));
        let expected = "a whole number from 1 to 1000";
        let read = |node| parsed("weights", node, "bad_value", expected, weight, problems);
        (node, list(node).iter().filter_map(read).collect::<Vec<u32>>())
    });
    let mut belongs = |key: &str, order: &str| {
        if let Some(node) = slot.get(key) {
            let message = format!("`{key}` belongs to `order: {order}`.");
            let hint = format!("Write `order: {order}`, or remove `{key}`.");
            problems.push(Problem::error("bad_value", node.place, message).with_hint(hint));
        }
    };
    if word != Some(Word::Random) {
        belongs("no_repeat", "random");
    }
    if word != Some(Word::Weighted) {
        belongs("weights", "weighted");
    }
    let order = match word {
        None if pools > 1 => Order::Rotate,
        None | Some(Word::Sequential) => Order::Sequential,
        Some(Word::Shuffle) => Order::Shuffle,
        Some(Word::Random) => Order::Random(unrepeated.unwrap_or(1)),
        Some(Word::Rotate) => Order::Rotate,
        Some(Word::Marathon) => Order::Marathon,
        Some(Word::Newest) => Order::Newest,
        Some(Word::Weighted) => match weights {
            Some((node, weights)) if weights.len() != pools => {
                let message = format!("`weights` has {} numbers for {pools} pools.", weights.len());
                let hint = "Write one number for each pool, as `play: [a, b]` and `weights: [3, 1]`.";
                problems.push(Problem::error("bad_value", node.place, message).with_hint(hint));
                Order::Weighted(vec![1; pools])
            }
            Some((_, weights)) => Order::Weighted(weights),
            None => Order::Weighted(vec![1; pools]),
        },
    };
    if let Some(node) = node
        && pools > 1
        && !matches!(order, Order::Rotate | Order::Weighted(_))
    {
        let message = "A slot of several pools takes turns among them (`rotate`) or leaves it to chance (`weighted`).";
        let hint = "Write `order: rotate`, or one pool whose `match` holds all of it.";
        problems.push(Problem::error("bad_value", node.place, message).with_hint(hint));
    }
    order
}
