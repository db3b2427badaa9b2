//! Records of the spool on disk: a length, a checksum and what is written, one after the other.
//!
//! ```text
//! ┌──────┬────────────────┬──────────────────┬─────────┐
//! │ 0xE7 │ length (u24 BE)│ CRC-32 (u32 BE)  │ payload │  the checksum covers the payload
//! └──────┴────────────────┴──────────────────┴─────────┘
//! ```
//!
//! What is no whole record is passed over: a tail that was torn off, and a hole that a bad disk made.

use prost::Message;
use retrovue_proto::v1;

use super::ledger::{Mark, OpenSession};

const MAGIC: u8 = 0xE7;

/// Bytes before the payload.
const FRONT: usize = 8;

/// No payload is longer: an event is some hundred bytes, and a head with 128 sessions 64 KiB.
const MAX_PAYLOAD: usize = 256 << 10;

/// What a record holds.
#[derive(Clone, PartialEq, prost::Oneof)]
#[expect(clippy::large_enum_variant, reason = "nearly all that is kept is events")]
pub(crate) enum Entry {
    /// The first record of each volume.
    #[prost(message, tag = "1")]
    Head(Head),
    /// What is told.
    #[prost(message, tag = "2")]
    Event(v1::Event),
    /// Where a session stands.
    #[prost(message, tag = "3")]
    Mark(Mark),
    /// Events up to this one are stored elsewhere.
    #[prost(uint64, tag = "4")]
    Acknowledged(u64),
}

/// Everything that has to be known to go on, so that the volumes before can be deleted.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Head {
    /// The spool that the volume belongs to.
    #[prost(string, tag = "1")]
    pub(crate) spool_id: String,
    /// Volumes before end where this one begins.
    #[prost(uint64, tag = "2")]
    pub(crate) first_sequence: u64,
    /// Events up to this one are stored elsewhere.
    #[prost(uint64, tag = "3")]
    pub(crate) acknowledged: u64,
    /// Counts the starts of Air.
    #[prost(uint64, tag = "4")]
    pub(crate) air_run: u64,
    /// Sessions that have not ended.
    #[prost(message, repeated, tag = "5")]
    pub(crate) open: Vec<OpenSession>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Payload {
    #[prost(oneof = "Entry", tags = "1, 2, 3, 4")]
    entry: Option<Entry>,
}

/// Appends the record of `entry`.
pub(super) fn write(entry: Entry, out: &mut Vec<u8>) {
    let payload = Payload { entry: Some(entry) }.encode_to_vec();
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    out.extend([MAGIC, length[1], length[2], length[3]]);
    out.extend(crc32fast::hash(&payload).to_be_bytes());
    out.extend(payload);
}

/// The records in `bytes`, each with where it begins and where it ends.
pub(super) fn read(bytes: &[u8]) -> impl Iterator<Item = (usize, usize, Entry)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let begin = at;
            match record_at(bytes, begin) {
                Some((end, entry)) => {
                    at = end;
                    return Some((begin, end, entry));
                }
                None => at += 1,
            }
        }
        None
    })
}

fn record_at(bytes: &[u8], at: usize) -> Option<(usize, Entry)> {
    let (front, rest) = bytes.get(at..)?.split_at_checked(FRONT)?;
    let length = u32::from_be_bytes([0, front[1], front[2], front[3]]) as usize;
    if front[0] != MAGIC || length > MAX_PAYLOAD {
        return None;
    }
    let payload = rest.get(..length)?;
    if crc32fast::hash(payload).to_be_bytes() != front[4..] {
        return None;
    }
    Some((at + FRONT + length, Payload::decode(payload).ok()?.entry?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<u8> {
        let mut bytes = Vec::new();
        (1..=3).for_each(|number| write(Entry::Acknowledged(number), &mut bytes));
        bytes
    }

    fn numbers(bytes: &[u8]) -> Vec<u64> {
        let number = |entry| match entry {
            Entry::Acknowledged(number) => number,
            other => panic!("{other:?}"),
        };
        read(bytes).map(|(_, _, entry)| number(entry)).collect()
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = three();
        assert_eq!(numbers(&bytes), [1, 2, 3]);
        assert_eq!(read(&bytes).last().unwrap().1, bytes.len());
    }

    #[test]
    fn a_torn_tail_is_left_out_wherever_it_was_torn() {
        let bytes = three();
        let second = read(&bytes).nth(1).unwrap().1;
        for length in second..bytes.len() {
            assert_eq!(numbers(&bytes[..length]), [1, 2], "{length} bytes");
        }
    }

    #[test]
    fn a_bad_byte_costs_one_record() {
        let bytes = three();
        let (begin, end, _) = read(&bytes).nth(1).unwrap();
        for at in begin..end {
            let mut bad = bytes.clone();
            bad[at] ^= 0x40;
            assert_eq!(numbers(&bad), [1, 3], "byte {at}");
        }
    }
}
