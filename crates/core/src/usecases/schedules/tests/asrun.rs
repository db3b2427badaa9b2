//! As-run by broadcast day: what was sent, held against what was planned, in the channel's own days.

use jiff::civil::date;
use retrovue_store::evidence::{Aired, Evidence, Place as At, Planned, What};
use retrovue_timeline::{FrameIndex, FrameRate};

use super::*;
use crate::usecases::asrun::{AsRun, DifferenceView, Format};

impl Network {
    fn asrun(&self) -> AsRun {
        AsRun { store: self.store().clone(), schedules: self.service.clone() }
    }

    /// Air tells of one session that sent `events` whole, but for those which `change` changes.
    fn send(&self, slug: &str, events: &[EventView], change: impl Fn(&mut Planned, &mut Aired)) {
        let rate: FrameRate = "30".parse().unwrap();
        let first = FrameIndex(events[0].start_frame);
        let mut end = first;
        let ended = events.iter().map(|event| {
            let (started, frames) = (FrameIndex(event.start_frame), event.frame_count);
            end = started + frames;
            let mut segment = Planned {
                event_id: event.event_id.clone(),
                start: started,
                frames,
                asset_id: event.asset.as_ref().map(|asset| asset.id.clone()),
                kind: event.kind.clone(),
                title: event.asset.as_ref().map_or_else(String::new, |asset| asset.title.clone()),
            };
            let mut aired = Aired { started, end, aired: frames, cause: "boundary".to_owned(), ..Aired::default() };
            change(&mut segment, &mut aired);
            What::Ended { segment, aired }
        });
        let ended: Vec<What> = ended.collect();
        let begun = What::SessionStarted { first, frame_rate: rate, air_run: 1 };
        let over = What::SessionEnded { end, cause: "stopped".to_owned() };
        let told = [begun].into_iter().chain(ended).chain([over]).enumerate().map(|(at, what)| Evidence {
            place: At { spool_id: format!("{slug} {first:?}"), sequence: at as u64 + 1 },
            channel: slug.to_owned(),
            session_id: format!("{slug} {first:?}"),
            at: rate.start_of(end),
            what,
        });
        let told: Vec<Evidence> = told.collect();
        self.store().keep_evidence(&told, &|slug, at| self.service.date_of(slug, at)).unwrap();
    }

    fn findings(&self, slug: &str, day: jiff::civil::Date) -> Vec<DifferenceView> {
        self.asrun().verify(slug, Some(day)).unwrap().findings
    }
}

/// A network whose series has run over two broadcast days in Berlin, which begin at six.
fn over_two_days() -> (Network, Vec<EventView>) {
    let network = Network::with_series();
    network.apply(&plan("cheers", "format: { frame_rate: 30 }\n")).unwrap();
    (0..8).for_each(|_| network.pass(6));
    let events = network.playlog("cheers");
    let now = crate::instants::rfc3339(network.clock.now());
    (network, events.into_iter().filter(|event| event.end_utc <= now).collect())
}

#[test]
fn a_day_holds_what_began_in_it_by_the_channels_clock() {
    let (network, events) = over_two_days();
    network.send("cheers", &events, |_, _| {});
    // six in Berlin is five in UTC
    let of = |day: i8| network.asrun().show("cheers", Some(date(2026, 11, day))).unwrap();
    for (day, from, to) in [(22, "", "2026-11-23T05:00"), (23, "2026-11-23T05:00", "2026-11-24T05:00")] {
        let told = of(day);
        let expected = events.iter().filter(|event| *event.start_utc >= *from && *event.start_utc < *to);
        let expected: Vec<&String> = expected.map(|event| &event.event_id).collect();
        assert_eq!(told.events.iter().map(|event| &event.event_id).collect::<Vec<_>>(), expected);
        assert!(told.events.iter().all(|event| event.result == "aired" && event.cause.is_none()));
        assert_eq!(network.findings("cheers", date(2026, 11, day)), []);
    }
    assert_eq!((&*of(23).start_utc, &*of(23).end_utc), ("2026-11-23T05:00:00.000Z", "2026-11-24T05:00:00.000Z"));
    let runs_over = of(22).events.pop().unwrap();
    assert!(*runs_over.planned_start_utc > *"2026-11-23T04:38", "{runs_over:?}");
    // a removed channel keeps its past, and today is told where no day is named
    network.service.remove("cheers", false).unwrap();
    assert_eq!(of(22).events.len() + of(23).events.len() + of(24).events.len(), events.len());
    assert_eq!(network.asrun().show("cheers", None).unwrap().date, "2026-11-24");
    assert_eq!(network.asrun().show("wings", None).unwrap_err().code, "channel_not_found");
}

#[test]
fn what_differs_is_found_and_told_in_the_channels_time() {
    let (network, events) = over_two_days();
    let from = events.iter().position(|event| *event.start_utc >= *"2026-11-23T06").unwrap();
    let sent = &events[from..from + 4];
    let (late, gone) = (sent[1].event_id.clone(), sent[2].event_id.clone());
    network.send("cheers", sent, |segment, aired| {
        if segment.event_id == late {
            (aired.aired, aired.slate, aired.fault) = (segment.frames - 15, 15, "late".to_owned());
        } else if segment.event_id == gone {
            // Core found it missing when it told Air
            (segment.asset_id, segment.kind) = (None, "slate".to_owned());
            (aired.aired, aired.slate) = (0, segment.frames);
        }
    });
    let found = network.findings("cheers", date(2026, 11, 23));
    let told: Vec<_> = found.iter().map(|found| (&*found.severity, &*found.code, found.seconds)).collect();
    assert_eq!(told, [("warning", "slate", 0.5), ("error", "missed", 1320.0)]);
    assert_eq!(found[0].event_id.as_ref(), Some(&late));
    let local = millis(&sent[2].start_utc) / 1000 % 86_400 + 3600;
    let local = format!("{:02}:{:02}:{:02}", local / 3600 % 24, local / 60 % 60, local % 60);
    assert!(found[1].message.starts_with(&local), "{} at {local}", found[1].message);
    assert!(found.iter().all(|found| !found.hint.is_empty()));

    // what was planned is what the row names
    let row = &network.asrun().show("cheers", Some(date(2026, 11, 23))).unwrap().events[2];
    assert_eq!((&*row.kind, &row.asset_id), ("programme", &sent[2].asset.as_ref().map(|asset| asset.id.clone())));
    for (format, lines) in [(Format::Jsonl, 4), (Format::Csv, 5), (Format::Text, 12)] {
        let file = network.asrun().export("cheers", Some(date(2026, 11, 23)), format).unwrap();
        assert_eq!(file.text.lines().count(), lines, "{}", file.text);
    }
}

#[test]
fn what_was_sent_is_kept_longer_than_what_was_planned() {
    let (network, events) = over_two_days();
    network.send("cheers", &events, |_, _| {});
    let day = Some(date(2026, 11, 23));
    let before = network.asrun().show("cheers", day).unwrap();
    network.clock.advance(HOUR * 24 * 100);
    network.service.roll(network.clock.now());
    assert!(network.playlog("cheers")[0].start_utc > before.end_utc, "the plan is forgotten");
    assert_eq!(network.asrun().show("cheers", day).unwrap(), before);
    network.clock.advance(HOUR * 24 * 301);
    network.service.roll(network.clock.now());
    assert_eq!(network.asrun().show("cheers", day).unwrap().events, []);
}
