//! What is put on air in place of what is planned: recorded, laid over the plan, ended where the schedule is by then.

use retrovue_timeline::FrameIndex;

use super::*;
use crate::channels::source::{GuideSource, PlannedPage, PlannedSegment, PlaylogSource};
use crate::usecases::schedules::{OverrideRequest, StopRequest};

const CHANNEL: &str = "cheers";

/// A plan of a quarter of an hour, as Air gets it.
const PLAN: Duration = Duration::from_secs(900);

fn emergency() -> OverrideRequest {
    OverrideRequest {
        kind: "emergency".to_owned(),
        text: Some("Stay inside.\nListen.".to_owned()),
        by: "ann".to_owned(),
        reason: "the mayor called".to_owned(),
        ..OverrideRequest::default()
    }
}

impl Network {
    fn on_air() -> Self {
        let network = Self::with_series();
        network.apply(&plan(CHANNEL, "format: { frame_rate: 30 }\n")).unwrap();
        network
    }

    fn plan_of(&self, slug: &str) -> Vec<PlannedSegment> {
        // as channels ask for it
        let now = self.clock.now();
        let plan = self.service.segments(slug, now.minus(Duration::from_secs(3)), now.plus(PLAN)).unwrap();
        let lines =
            |page: &PlannedPage| page.lines.len() <= 500 && page.lines.iter().all(|line| line.chars().count() <= 200);
        assert!(plan.segments.iter().filter_map(|segment| segment.page.as_ref()).all(lines), "Air refuses that");
        let segments = plan.segments;
        for pair in segments.windows(2) {
            assert_eq!(pair[0].start_frame + pair[0].frame_count, pair[1].start_frame, "{pair:?}");
        }
        segments
    }

    fn stop(&self) {
        let request = StopRequest { by: "bob".to_owned(), ..StopRequest::default() };
        self.service.stop_overrides(&request, false).unwrap();
    }

    fn frame(&self) -> FrameIndex {
        "30".parse::<retrovue_timeline::FrameRate>().unwrap().frame_at_or_after(self.clock.now())
    }
}

#[test]
fn a_card_covers_what_is_planned_and_the_schedule_goes_on_underneath() {
    let mut network = Network::on_air();
    let planned = network.plan_of(CHANNEL);
    let mut changes = network.service.changes();
    let shown = network.service.start_override(&emergency(), false).unwrap();
    assert!(shown.on_air && shown.channels.is_empty());
    assert_eq!(changes.try_recv().unwrap(), super::super::ScheduleChange::Playlog { slug: CHANNEL.to_owned() });
    let start = network.frame();
    network.clock.advance(Duration::from_secs(60));
    // who started Core anew finds it on air
    network.restart();
    let [before, card] = &network.plan_of(CHANNEL)[..] else { panic!("{:?}", network.plan_of(CHANNEL)) };
    assert_eq!((before.event_id.as_str(), card.start_frame), (planned[0].event_id.as_str(), start));
    let page = card.page.clone().unwrap();
    assert_eq!(
        (&*page.heading, &page.lines[..]),
        ("Please stand by", &["Stay inside.".to_owned(), "Listen.".to_owned()][..])
    );
    assert!(card.event_id.starts_with("override."));

    network.stop();
    let end = network.frame();
    let plan = network.plan_of(CHANNEL);
    let [_, card, behind, ..] = &plan[..] else { panic!("{plan:?}") };
    assert_eq!((card.start_frame, card.start_frame + card.frame_count), (start, end));
    let (was, is) = (planned[0].asset.clone().unwrap(), behind.asset.clone().unwrap());
    assert_eq!((&behind.event_id, &is.asset_id), (&planned[0].event_id, &was.asset_id));
    assert_eq!(is.in_offset_frames - was.in_offset_frames, end - planned[0].start_frame, "where it is by now");
    // a moment later, nothing is left of it
    network.clock.advance(Duration::from_secs(4));
    assert!(network.plan_of(CHANNEL).iter().all(|segment| segment.page.is_none()));
    let listed = network.service.overrides().unwrap().overrides;
    assert_eq!((listed[0].on_air, &*listed[0].by, listed[0].ended_by.as_deref()), (false, "ann", Some("bob")));
    assert_eq!(listed[0].reason, "the mayor called");
}

#[test]
fn a_crawl_runs_over_what_is_planned_and_ends_by_itself() {
    let network = Network::on_air();
    let until = network.clock.now().plus(Duration::from_secs(120));
    let until = Some(crate::instants::rfc3339(until));
    let request = OverrideRequest { crawl: true, text: Some("Snow".to_owned()), until, ..emergency() };
    network.service.start_override(&request, false).unwrap();
    let plan = network.plan_of(CHANNEL);
    let [before, under, after, ..] = &plan[..] else { panic!("{plan:?}") };
    assert_eq!((&before.event_id, &under.event_id), (&after.event_id, &after.event_id), "one programme");
    let notices = [before, under, after].map(|piece| piece.notice.as_deref());
    assert_eq!((notices, under.frame_count), ([None, Some("Snow"), None], 120 * 30));
    network.clock.advance(Duration::from_secs(120));
    assert!(!network.service.overrides().unwrap().overrides[0].on_air);
}

#[test]
fn a_long_crawl_stands_on_cards_that_air_takes() {
    let network = Network::on_air();
    let request = OverrideRequest { crawl: true, text: Some("x".repeat(2000)), ..emergency() };
    network.service.start_override(&request, false).unwrap();
    network.clock.advance(HOUR * 40);
    network.service.roll(network.clock.now());
    let seen = network.plan_of(CHANNEL);
    assert!(seen.iter().filter(|piece| piece.asset.is_some()).all(|piece| piece.notice.is_some()), "{seen:?}");
    // nothing is planned where the channel is new
    network.lose("cheers part 1");
    (2..=10).for_each(|part| network.lose(&format!("cheers part {part}")));
    let dark = network.plan_of(CHANNEL);
    assert!(dark.iter().any(|piece| piece.page.is_some()), "{dark:?}");
}

#[test]
fn an_asset_is_shown_again_and_again() {
    let network = Network::on_air();
    let ids = network.add_titles(&network.add_source("alerts"), &[Title::single(MediaType::Other, "alert", 1, 60)]);
    let asset_id = ids.values().next().unwrap().clone();
    let request = OverrideRequest { asset_id: Some(asset_id.clone()), ..emergency() };
    network.service.start_override(&request, false).unwrap();
    network.clock.advance(Duration::from_secs(90));
    let plan = network.plan_of(CHANNEL);
    let shown: Vec<_> = plan.iter().filter(|segment| segment.event_id.starts_with("override.")).collect();
    assert_eq!(shown[0].frame_count, 1800);
    assert!(shown.iter().all(|segment| segment.asset.as_ref().unwrap().asset_id == asset_id));
    assert_eq!(network.frame() - shown[0].start_frame, 30 * 30, "in the middle of the second round");
    // an asset that goes away leaves a card
    network.lose("alert 01");
    let plan = network.plan_of(CHANNEL);
    assert!(plan.last().unwrap().page.is_some(), "{plan:?}");
    assert_eq!(network.service.start_override(&request, false).unwrap_err().code, "asset_not_playable");
}

#[test]
fn a_channel_shows_the_guide_of_the_others() {
    let network = Network::on_air();
    network.apply(&plan("second", "number: \"3\"\nformat: { frame_rate: 30 }\n")).unwrap();
    let request = OverrideRequest { kind: "guide".to_owned(), channels: vec!["second".to_owned()], ..emergency() };
    network.service.start_override(&OverrideRequest { text: None, ..request }, false).unwrap();
    let plan = network.plan_of("second");
    let pages: Vec<_> = plan.iter().filter(|segment| segment.page.is_some()).collect();
    assert!(pages.len() >= 3, "one for each five minutes: {pages:?}");
    assert!(pages[1..].iter().all(|page| page.start_frame.0 % (300 * 30) == 0));
    let page = pages[0].page.as_ref().unwrap();
    let (_, name) = page.lines[0].split_once("  ").unwrap();
    assert_eq!((name, page.lines.len()), ("cheers", 3), "{page:?}");
    // ten past eight in UTC is ten past nine in Berlin
    assert!(page.lines[1].trim().starts_with("20:") || page.lines[1].trim().starts_with("21:"), "{page:?}");
    assert!(network.plan_of(CHANNEL).iter().all(|segment| segment.page.is_none()));
}

#[test]
fn maintenance_is_told_by_the_guide_and_covered_by_an_emergency() {
    let network = Network::on_air();
    let maintenance = OverrideRequest { kind: "maintenance".to_owned(), text: None, ..emergency() };
    network.service.start_override(&emergency(), false).unwrap();
    network.service.start_override(&maintenance, false).unwrap();
    let now = network.clock.now();
    let kind = || network.service.guide(now, now.plus(HOUR)).unwrap()[0].overridden.as_ref().map(|shown| shown.kind);
    let heading = || network.plan_of(CHANNEL).last().unwrap().page.clone().unwrap().heading;
    assert_eq!((kind(), &*heading()), (Some("emergency"), "Please stand by"));
    let several = network.service.stop_overrides(&StopRequest::default(), false).unwrap_err();
    assert_eq!(several.code, "override_ambiguous");
    let emergency = network.service.overrides().unwrap().overrides.pop().unwrap();
    let request = StopRequest { id: Some(emergency.id), ..StopRequest::default() };
    network.service.stop_overrides(&request, true).unwrap();
    assert_eq!(kind(), Some("emergency"), "a dry run changes nothing");
    network.service.stop_overrides(&request, false).unwrap();
    network.clock.advance(Duration::from_secs(1));
    assert_eq!(network.plan_of(CHANNEL).last().unwrap().page.clone().unwrap().heading, "We will be back soon");
}

#[test]
fn overrides_at_once_are_bounded() {
    let network = Network::on_air();
    (0..32).for_each(|_| drop(network.service.start_override(&emergency(), false).unwrap()));
    assert_eq!(network.service.start_override(&emergency(), false).unwrap_err().code, "overrides_too_many");
    network.service.stop_overrides(&StopRequest { all: true, ..StopRequest::default() }, false).unwrap();
    network.service.start_override(&emergency(), false).unwrap();
}
