//! Properties of the timeline, over all house rates and a century of frames.

use proptest::prelude::*;
use retrovue_timeline::{AudioFrame, FrameIndex, FrameRate, Pts, SAMPLES_PER_FRAME, UtcTime};

fn house_rate() -> impl Strategy<Value = FrameRate> {
    proptest::sample::select(FrameRate::HOUSE.to_vec())
}

/// From 1970 to 2100 at 24 frames a second, to 2022 at 60.
fn frame() -> impl Strategy<Value = FrameIndex> {
    (0i64..4_102_444_800 * 24).prop_map(FrameIndex)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_frame_and_its_start_name_each_other(rate in house_rate(), frame in frame()) {
        let start = rate.start_of(frame);
        prop_assert_eq!(rate.frame_at(start), frame);
        prop_assert_eq!(rate.frame_at(UtcTime::from_nanos(start.nanos() - 1)), frame - 1);
        prop_assert_eq!(rate.frame_at_or_after(UtcTime::from_nanos(start.nanos() - 1)), frame);
        prop_assert_eq!(rate.frame_at_or_after(start), frame);
        prop_assert!((0..=1).contains(&(start.millis() - rate.start_millis(frame))));
    }

    #[test]
    fn segments_neither_overlap_nor_leave_a_gap(rate in house_rate(), at in 0i64..4_000_000_000_000, long in 0i64..100_000_000) {
        let (start, end) = (UtcTime::from_millis(at), UtcTime::from_millis(at + long));
        let (first, next) = (rate.frame_at_or_after(start), rate.frame_at_or_after(end));
        prop_assert!(rate.start_of(first) >= start);
        prop_assert!(next >= first);
        prop_assert!(rate.start_of(next - 1).nanos() < end.nanos() + 1);
    }

    #[test]
    fn pts_steps_are_even_to_a_tick(rate in house_rate(), frame in frame()) {
        let step = rate.pts(frame + 1).ticks_since(rate.pts(frame));
        let exact = 90_000 * i64::from(rate.den()) / i64::from(rate.num());
        prop_assert!(step == exact || step == exact + 1);
    }

    #[test]
    fn a_stamp_leads_back_to_its_frame_over_any_wrap(rate in house_rate(), frame in frame(), off in -1_000_000i64..1_000_000) {
        prop_assert_eq!(rate.frame_with_pts(rate.pts(frame), frame + off), Some(frame));
    }

    #[test]
    fn a_segments_audio_starts_within_half_an_audio_frame(rate in house_rate(), frame in frame()) {
        let audio = rate.nearest_audio_frame(frame);
        let off = audio.pts().ticks_since(rate.pts(frame));
        prop_assert!(off.abs() <= 961, "{off}");
        prop_assert!(rate.audio_lead_samples(frame).abs() <= SAMPLES_PER_FRAME / 2);
        prop_assert_eq!(AudioFrame(audio.0 + 1).pts().ticks_since(audio.pts()), 1920);
    }

    #[test]
    fn slots_fill_media_to_their_centres(rate in house_rate(), nanos in 0i64..20_000_000_000_000) {
        let slots = rate.slots_within(nanos);
        prop_assert!(slots == 0 || rate.centre_nanos(slots - 1) < nanos);
        prop_assert!(rate.centre_nanos(slots) + 1 >= nanos);
    }

    #[test]
    fn stamps_measure_both_ways(ticks in 0i64..(1 << 33), step in -4_000_000_000i64..4_000_000_000) {
        let from = Pts::from_ticks(ticks);
        prop_assert_eq!(from.plus(step).ticks_since(from), step);
    }
}

#[test]
fn rates_are_read_and_written() {
    for (text, shown) in [("30000/1001", "30000/1001"), ("25", "25"), ("50/2", "25"), (" 60 / 1 ", "60")] {
        assert_eq!(text.parse::<FrameRate>().unwrap().to_string(), shown);
    }
    for bad in ["", "0", "25/0", "29.97", "-25", "1001/1", "99999999999"] {
        assert!(bad.parse::<FrameRate>().is_err(), "{bad:?} was accepted");
    }
    assert!(FrameRate::HOUSE.iter().all(|rate| rate.is_house()));
}
