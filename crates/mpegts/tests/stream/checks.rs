//! What the mux writes passes the checks, and what is broken does not.

use crate::synthetic::{before_wrap, session};
use proptest::prelude::*;
use retrovue_mpegts::conformance::{Expect, Report, Rule, check};
use retrovue_mpegts::packet::{PACKET, Packet};
use retrovue_mpegts::pid;
use retrovue_timeline::{FrameIndex, FrameRate};

const RATE: FrameRate = FrameRate::HOUSE[3];

fn checked(bytes: &[u8]) -> Report {
    check(bytes, &Expect { frame_rate: RATE, near: before_wrap(RATE, 0) })
}

/// A session of 90 frames.
fn good() -> Vec<u8> {
    session(RATE, before_wrap(RATE, 45), 30, &[700; 90])
}

fn packets(bytes: &[u8]) -> Vec<[u8; PACKET]> {
    bytes.as_chunks::<PACKET>().0.to_vec()
}

/// Changes the `nth` packet that `which` picks, and expects the report to name `rule` first.
#[track_caller]
fn breaks(
    rule: Rule,
    nth: usize,
    which: impl Fn(Packet<'_>) -> bool,
    change: impl FnOnce(&mut Vec<[u8; PACKET]>, usize),
) {
    let mut packets = packets(&good());
    let picked = |packet: &[u8; PACKET]| which(Packet::read(packet).expect("the mux writes packets"));
    let at = packets.iter().enumerate().filter(|(_, packet)| picked(packet)).nth(nth).expect("there are as many").0;
    change(&mut packets, at);
    let report = checked(packets.as_flattened());
    assert_eq!(report.faults.first().map(|fault| fault.rule), Some(rule), "{}", report.summary());
}

fn video(packet: Packet<'_>) -> bool {
    packet.pid() == pid::VIDEO
}

fn picture(packet: Packet<'_>) -> bool {
    video(packet) && packet.unit_start()
}

fn sound(packet: Packet<'_>) -> bool {
    packet.pid() == pid::AUDIO && packet.unit_start()
}

#[test]
fn a_session_holds_its_units() {
    let start = before_wrap(RATE, 45);
    let report = checked(&good());
    assert!(report.is_clean(), "{}", report.summary());
    assert_eq!(report.service_name.as_deref(), Some("Retro Één"));
    let frames: Vec<_> = report.video.iter().map(|unit| unit.frame.unwrap()).collect();
    assert_eq!(frames, (0..90).map(|at| start + at).collect::<Vec<FrameIndex>>());
    assert_eq!(report.video.iter().filter(|unit| unit.keyframe).count(), 3);
    let sounds = RATE.nearest_audio_frame(start + 90).0 - RATE.nearest_audio_frame(start).0;
    assert_eq!(report.audio.len() as i64, sounds);
    assert_eq!((report.seams.len(), report.trailing_bytes), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_rate_is_clean_across_the_wrap(
        sizes in proptest::collection::vec(prop_oneof![20 => 30usize..8000, 1 => 60_000usize..70_000], 90..140),
        gop in 5usize..60,
    ) {
        for rate in FrameRate::HOUSE {
            let start = before_wrap(rate, 40);
            let bytes = session(rate, start, gop, &sizes);
            let report = check(&bytes, &Expect { frame_rate: rate, near: start });
            prop_assert!(report.is_clean(), "{rate}: {}", report.summary());
            prop_assert_eq!(report.video.len(), sizes.len());
        }
    }

    #[test]
    fn anything_can_be_checked(mut bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        checked(&bytes);
        bytes.iter_mut().step_by(PACKET).for_each(|byte| *byte = 0x47);
        checked(&bytes);
    }

    #[test]
    fn every_lost_packet_is_noticed(at in 0usize..400) {
        let mut packets = packets(&good());
        // the first packet of each PID is missed by nobody, nor is the last
        let at = 30 + at % (packets.len() - 60);
        packets.remove(at);
        prop_assert!(!checked(packets.as_flattened()).is_clean());
    }
}

#[test]
fn nothing_is_a_fault() {
    assert_eq!(checked(&[]).faults[0].rule, Rule::Start);
}

#[test]
fn a_lost_packet() {
    breaks(
        Rule::Continuity,
        9,
        |packet| video(packet) && !packet.unit_start(),
        |packets, at| {
            packets.remove(at);
        },
    );
}

#[test]
fn a_flipped_counter() {
    breaks(Rule::Continuity, 9, sound, |packets, at| packets[at][3] ^= 0x04);
}

#[test]
fn a_packet_that_stands_twice_is_allowed_and_thrice_is_not() {
    let mut packets = packets(&good());
    packets.insert(20, packets[20]);
    let report = checked(packets.as_flattened());
    assert!(report.is_clean(), "{}", report.summary());
    packets.insert(20, packets[20]);
    assert_eq!(checked(packets.as_flattened()).faults[0].rule, Rule::Continuity);
}

#[test]
fn garbage_between_packets() {
    let mut bytes = good();
    bytes.splice(PACKET * 40..PACKET * 40, [0x47, 1, 2, 3]);
    assert!(checked(&bytes).faults.iter().any(|fault| fault.rule == Rule::Sync));
}

#[test]
fn a_damaged_packet() {
    breaks(Rule::TransportError, 5, video, |packets, at| packets[at][1] |= 0x80);
}

#[test]
fn a_scrambled_packet() {
    breaks(Rule::Scrambled, 5, video, |packets, at| packets[at][3] |= 0x80);
}

#[test]
fn a_packet_of_a_stream_that_no_table_names() {
    let mut packets = packets(&good());
    let mut stray = packets[60];
    stray[1] = stray[1] & 0xE0 | 0x02;
    stray[2] = 0x34;
    packets.insert(60, stray);
    let report = checked(packets.as_flattened());
    assert_eq!(report.faults.iter().map(|fault| fault.rule).collect::<Vec<_>>(), [Rule::Unreferenced]);
}

#[test]
fn a_sound_that_comes_late_or_ends_early() {
    let packets = packets(&good());
    let is_sound = |packet: &[u8; PACKET]| Packet::read(packet).unwrap().pid() == pid::AUDIO;
    let half = packets.len() / 2;
    let without = |lacking: std::ops::Range<usize>| -> Vec<[u8; PACKET]> {
        let kept = packets.iter().enumerate().filter(|(at, packet)| !(lacking.contains(at) && is_sound(packet)));
        kept.map(|(_, packet)| *packet).collect()
    };
    for lacking in [0..half, half..packets.len()] {
        let report = checked(without(lacking).as_flattened());
        assert_eq!(report.faults.last().map(|fault| fault.rule), Some(Rule::Missing), "{}", report.summary());
    }
}

#[test]
fn a_damaged_table() {
    breaks(Rule::SectionCrc, 3, |packet| packet.pid() == pid::PMT, |packets, at| packets[at][10] ^= 1);
}

#[test]
fn missing_tables() {
    for (pid, rule) in [(pid::PAT, Rule::PatGap), (pid::PMT, Rule::PmtGap)] {
        breaks(
            rule,
            3,
            |packet| packet.pid() == pid,
            |packets, at| {
                packets.remove(at);
                // counters are mended, so that only the gap shows
                for packet in packets[at..].iter_mut().filter(|packet| Packet::read(*packet).unwrap().pid() == pid) {
                    packet[3] = 0x10 | (packet[3].wrapping_sub(1) & 0x0F);
                }
            },
        );
    }
}

#[test]
fn a_missing_clock_reference() {
    breaks(Rule::PcrGap, 7, picture, |packets, at| packets[at][5] &= !0x10);
}

#[test]
fn a_clock_that_goes_back() {
    breaks(Rule::PcrGap, 7, picture, |packets, at| packets[at][8] = packets[at][8].wrapping_sub(4));
}

#[test]
fn a_stamp_off_the_grid() {
    breaks(
        Rule::FrameGrid,
        7,
        |packet| picture(packet) && !packet.random_access(),
        |packets, at| {
            // the PES header follows 4 + 8 bytes; its stamp is at 9, and the last byte's lowest bit is a marker
            packets[at][12 + 13] ^= 0x08;
        },
    );
    breaks(Rule::AudioGrid, 7, sound, |packets, at| {
        let payload = PACKET - Packet::read(&packets[at]).unwrap().payload().len();
        packets[at][payload + 13] ^= 0x08;
    });
}

#[test]
fn a_unit_that_comes_after_its_time() {
    breaks(Rule::Lead, 7, picture, |packets, at| {
        // one second: 90,000 ticks lower in the reference means 90,000 more lead
        let late = Packet::read(&packets[at]).unwrap().pcr().unwrap().plus(-27_000_000);
        packets[at][5] |= 0x80;
        packets[at][6..12].copy_from_slice(&late.encode());
    });
}

#[test]
fn a_keyframe_without_its_flag_or_its_parameter_sets() {
    let keyframe = |packet: Packet<'_>| picture(packet) && packet.random_access();
    breaks(Rule::Keyframe, 1, keyframe, |packets, at| packets[at][5] &= !0x40);
    // NAL unit type of the SPS, after headers and delimiter
    breaks(Rule::Keyframe, 1, keyframe, |packets, at| packets[at][12 + 14 + 10] = 0x0C);
}

#[test]
fn a_picture_without_its_delimiter() {
    breaks(
        Rule::Delimiter,
        3,
        |packet| picture(packet) && !packet.random_access(),
        |packets, at| {
            packets[at][12 + 14 + 4] = 0x06;
        },
    );
}

#[test]
fn a_sound_that_is_none() {
    breaks(Rule::Adts, 3, sound, |packets, at| {
        let payload = PACKET - Packet::read(&packets[at]).unwrap().payload().len();
        packets[at][payload + 14] = 0;
    });
}

#[test]
fn a_start_that_is_no_join() {
    assert_eq!(checked(&good()[PACKET..]).faults[0].rule, Rule::Start);
}
