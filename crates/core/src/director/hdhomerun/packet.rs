//! HDHomeRun's own discovery, on UDP 65001: a client asks all the network for tuners, and each answers with what it is.
//!
//! A packet is its type and its length, 16 bits each, big-endian; then tags, each with a length and a value; then the
//! CRC-32 of all that, little-endian. (`hdhomerun_pkt.h` of libhdhomerun.)

use super::device::{AUTH, Device, DeviceId};

const DISCOVER_REQUEST: u16 = 2;
const DISCOVER_REPLY: u16 = 3;

const DEVICE_TYPE: u8 = 0x01;
const DEVICE_ID: u8 = 0x02;
const TUNER_COUNT: u8 = 0x10;
const LINEUP_URL: u8 = 0x27;
const BASE_URL: u8 = 0x2A;
const DEVICE_AUTH: u8 = 0x2B;
/// Several types, any of which will do.
const DEVICE_TYPES: u8 = 0x2D;

const TUNER: u32 = 1;
const ANY: u32 = u32::MAX;

/// What a client looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    types: Vec<u32>,
    id: Option<u32>,
}

impl Request {
    /// The request that a datagram is; none where it is anything else, or not whole.
    pub(super) fn parse(datagram: &[u8]) -> Option<Self> {
        let (framed, crc) = datagram.split_last_chunk::<4>()?;
        let (kind, rest) = framed.split_first_chunk::<2>()?;
        let (length, mut tags) = rest.split_first_chunk::<2>()?;
        let is_whole = usize::from(u16::from_be_bytes(*length)) == tags.len()
            && u32::from_le_bytes(*crc) == crc32fast::hash(framed);
        if !is_whole || u16::from_be_bytes(*kind) != DISCOVER_REQUEST {
            return None;
        }
        let mut request = Self::default();
        while !tags.is_empty() {
            let (tag, value, rest) = split_tag(tags)?;
            match tag {
                DEVICE_TYPE | DEVICE_TYPES => {
                    let (types, rest) = value.as_chunks::<4>();
                    if !rest.is_empty() {
                        return None;
                    }
                    request.types.extend(types.iter().map(|kind| u32::from_be_bytes(*kind)));
                }
                DEVICE_ID => request.id = Some(u32::from_be_bytes(value.try_into().ok()?)),
                _ => {}
            }
            tags = rest;
        }
        Some(request)
    }

    /// Whether `device` is among what is looked for.
    pub(super) fn means(&self, device: &Device) -> bool {
        let type_fits = self.types.is_empty() || self.types.iter().any(|kind| [TUNER, ANY].contains(kind));
        type_fits && self.id.is_none_or(|id| id == ANY || id == device.id.0)
    }
}

/// The answer to a request: a datagram of some hundred bytes.
pub(super) fn reply(device: &Device, tuners: u8, base: &str) -> Vec<u8> {
    let DeviceId(id) = device.id;
    let mut tags = Vec::new();
    push_tag(&mut tags, DEVICE_TYPE, &TUNER.to_be_bytes());
    push_tag(&mut tags, DEVICE_ID, &id.to_be_bytes());
    push_tag(&mut tags, TUNER_COUNT, &[tuners]);
    push_tag(&mut tags, DEVICE_AUTH, AUTH.as_bytes());
    push_tag(&mut tags, BASE_URL, base.as_bytes());
    push_tag(&mut tags, LINEUP_URL, format!("{base}/lineup.json").as_bytes());
    frame(DISCOVER_REPLY, &tags)
}

fn frame(kind: u16, tags: &[u8]) -> Vec<u8> {
    let length = u16::try_from(tags.len()).unwrap_or(u16::MAX);
    let mut packet = [kind.to_be_bytes(), length.to_be_bytes()].concat();
    packet.extend_from_slice(&tags[..length.into()]);
    packet.extend_from_slice(&crc32fast::hash(&packet).to_le_bytes());
    packet
}

/// The first tag, its value, and what comes after. A length above 127 has a second byte: seven bits, then eight.
fn split_tag(tags: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, low], rest) = tags.split_first_chunk::<2>()?;
    let (length, rest) = match low {
        0..0x80 => (usize::from(low), rest),
        _ => {
            let (&high, rest) = rest.split_first()?;
            (usize::from(low & 0x7F) | usize::from(high) << 7, rest)
        }
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
}

/// Values longer than lengths can say are cut.
fn push_tag(tags: &mut Vec<u8>, tag: u8, value: &[u8]) {
    let length = value.len().min(0x7FFF);
    let [high, low] = u16::try_from(length).unwrap_or_default().to_be_bytes();
    tags.push(tag);
    match length {
        0..0x80 => tags.push(low),
        _ => tags.extend([low | 0x80, high << 1 | low >> 7]),
    }
    tags.extend_from_slice(&value[..length]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::director::hdhomerun::device::tests::device;

    /// Jellyfin's and Emby's, and what every libhdhomerun sends that looks for anything.
    const ANYTHING: &str = "0002000c0104ffffffff0204ffffffff73cc7d8f";
    /// Home Assistant's, and older libhdhomeruns': any tuner.
    const ANY_TUNER: &str = "0002000c0104000000010204ffffffff4e507f35";

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    type Tag<'a> = (u8, &'a [u8]);

    fn request(tags: &[Tag<'_>]) -> Vec<u8> {
        let mut all = Vec::new();
        tags.iter().for_each(|(tag, value)| push_tag(&mut all, *tag, value));
        frame(DISCOVER_REQUEST, &all)
    }

    #[test]
    fn recorded_probes_are_understood() {
        for probe in [ANYTHING, ANY_TUNER] {
            let request = Request::parse(&bytes(probe)).unwrap();
            assert!(request.means(&device()), "{probe}");
        }
        assert_eq!(request(&[(DEVICE_TYPE, &[255; 4]), (DEVICE_ID, &[255; 4])]), bytes(ANYTHING));
    }

    #[test]
    fn only_who_is_meant_answers() {
        let DeviceId(id) = device().id;
        let (ours, other, storage, long) = (id.to_be_bytes(), (id ^ 16).to_be_bytes(), 5_u32.to_be_bytes(), [7; 300]);
        let both = [storage, TUNER.to_be_bytes()].concat();
        let cases: [(&[Tag<'_>], bool); 8] = [
            (&[], true),
            (&[(DEVICE_ID, &ours)], true),
            (&[(DEVICE_ID, &other)], false),
            (&[(DEVICE_TYPE, &storage)], false),
            (&[(DEVICE_TYPES, &both)], true),
            (&[(DEVICE_TYPES, &both), (DEVICE_ID, &other)], false),
            (&[(0x77, b"of tomorrow"), (DEVICE_TYPE, &[255; 4])], true),
            (&[(0x77, &long), (DEVICE_TYPE, &storage)], false),
        ];
        for (tags, means) in cases {
            let parsed = Request::parse(&request(tags)).unwrap();
            assert_eq!(parsed.means(&device()), means, "{tags:?}");
        }
    }

    #[test]
    fn malformed_packets_are_none() {
        let probe = bytes(ANYTHING);
        let cut = (0..probe.len()).map(|length| probe[..length].to_vec());
        let flipped = (0..probe.len() * 8).map(|bit| {
            let mut packet = probe.clone();
            packet[bit / 8] ^= 1 << (bit % 8);
            packet
        });
        let longer = [probe.clone(), vec![0]].concat();
        let reply = frame(DISCOVER_REPLY, &[]);
        let wrong = [
            request(&[(DEVICE_TYPE, &[0, 0, 1])]),
            request(&[(DEVICE_ID, &[0; 5])]),
            frame(DISCOVER_REQUEST, &[DEVICE_TYPE]),
            frame(DISCOVER_REQUEST, &[DEVICE_TYPE, 5, 0, 0, 0, 1]),
            frame(DISCOVER_REQUEST, &[0x77, 0x80]),
        ];
        for packet in cut.chain(flipped).chain([longer, reply]).chain(wrong) {
            assert_eq!(Request::parse(&packet), None, "{packet:02x?}");
        }
    }

    #[test]
    fn a_reply_has_the_tags_that_clients_read() {
        let packet = reply(&device(), 4, "http://10.0.0.2:8480");
        let (framed, crc) = packet.split_last_chunk::<4>().unwrap();
        assert_eq!(u32::from_le_bytes(*crc), crc32fast::hash(framed));
        assert_eq!(framed[..2], [0, 3]);
        let (mut tags, mut found) = (&framed[4..], Vec::new());
        while let Some((tag, value, rest)) = split_tag(tags) {
            found.push((tag, value));
            tags = rest;
        }
        let expected: [Tag<'_>; 6] = [
            (0x01, &[0, 0, 0, 1]),
            (0x02, &[0x10, 0xAF, 0x0C, 0x0E]),
            (0x10, &[4]),
            (0x2B, b"retrovue"),
            (0x2A, b"http://10.0.0.2:8480"),
            (0x27, b"http://10.0.0.2:8480/lineup.json"),
        ];
        assert_eq!((tags, found.as_slice()), (&[][..], &expected[..]));
        assert!(packet.len() < 128, "{}", packet.len());
    }

    proptest! {
        #[test]
        fn anything_may_come(datagram in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Request::parse(&datagram), None);
        }

        #[test]
        fn tags_come_back_as_they_went(tag: u8, value in prop::collection::vec(any::<u8>(), 0..20_000), after in prop::collection::vec(any::<u8>(), 0..9)) {
            let mut tags = Vec::new();
            push_tag(&mut tags, tag, &value);
            tags.extend_from_slice(&after);
            prop_assert_eq!(split_tag(&tags), Some((tag, &value[..], &after[..])));
        }

        #[test]
        fn whatever_stands_in_a_whole_packet_is_no_harm(tags in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Request::parse(&frame(DISCOVER_REQUEST, &tags));
        }
    }
}
