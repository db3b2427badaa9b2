use std::path::Path;

use super::*;
use crate::Store;

fn store(directory: &Path) -> Store {
    Store::open(&directory.join("retrovue.db")).unwrap()
}

/// How much of it is new.
fn keep(store: &Store, told: &[Evidence]) -> Result<usize, crate::StoreError> {
    store.keep_evidence(told, &|_, _| jiff::civil::date(2026, 11, 22)).map(|kept| kept.events)
}

fn told(sequence: u64, session_id: &str, what: What) -> Evidence {
    Evidence {
        place: Place { spool_id: "spool".to_owned(), sequence },
        channel: "classics".to_owned(),
        session_id: session_id.to_owned(),
        at: UtcTime::from_millis(i64::try_from(sequence).unwrap() * 1000),
        what,
    }
}

fn segment(event_id: &str, asset_id: &str) -> Planned {
    Planned {
        event_id: event_id.to_owned(),
        start: FrameIndex(100),
        frames: 50,
        asset_id: Some(asset_id.to_owned()),
        kind: "programme".to_owned(),
        title: "A film".to_owned(),
    }
}

fn begun(air_run: u64) -> What {
    What::SessionStarted { first: FrameIndex(90), frame_rate: FrameRate::HOUSE[3], air_run }
}

fn opening(event_id: &str, asset_id: &str) -> What {
    What::Opening { segment: segment(event_id, asset_id), frame: FrameIndex(100) }
}

fn opened(event_id: &str, asset_id: &str) -> What {
    What::Opened { event_id: event_id.to_owned(), asset_id: asset_id.to_owned(), fault: String::new() }
}

fn over(cause: &str) -> What {
    What::SessionEnded { end: FrameIndex(130), cause: cause.to_owned() }
}

/// One of each.
fn all() -> Vec<Evidence> {
    let aired = Aired {
        started: FrameIndex(110),
        end: FrameIndex(130),
        aired: 15,
        slate: 5,
        unsent: 30,
        cause: "stopped".to_owned(),
        fault: "late".to_owned(),
    };
    let fault = What::Fault {
        event_id: "e".to_owned(),
        asset_id: "a".to_owned(),
        frame: FrameIndex(117),
        code: "late".to_owned(),
        message: "It was late.".to_owned(),
    };
    let slate = Planned { asset_id: None, ..segment("f", "") };
    [
        begun(3),
        opening("e", "a"),
        opened("e", "a"),
        What::Started { segment: slate, frame: FrameIndex(110) },
        fault,
        What::Ended { segment: segment("e", "a"), aired },
        over("stopped"),
        What::Lost { events: 7, cause: "spool_full".to_owned() },
    ]
    .into_iter()
    .enumerate()
    .map(|(at, what)| told(at as u64 + 1, "s", what))
    .collect()
}

#[test]
fn each_event_is_stored_once_and_comes_back_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let all = all();
    {
        let store = store(home.path());
        assert_eq!(store.evidence_position().unwrap(), None);
        assert_eq!(keep(&store, &all[..5]).unwrap(), 5);
        assert_eq!(keep(&store, &all[2..]).unwrap(), 3, "three of them were stored before");
        assert_eq!(keep(&store, &all).unwrap(), 0);
        assert_eq!(keep(&store, &[]).unwrap(), 0);
    }
    let store = store(home.path());
    assert_eq!(store.evidence_position().unwrap(), Some(all[7].place.clone()));
    assert_eq!(store.evidence_of_spool("spool").unwrap(), all);
    assert_eq!(store.evidence_of_spool("other").unwrap(), []);
    let span = |from, to| store.evidence("classics", UtcTime::from_millis(from), UtcTime::from_millis(to)).unwrap();
    assert_eq!(span(2000, 4000), all[1..3]);
}

#[test]
fn a_new_spool_counts_anew_and_is_the_one_that_is_followed() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    keep(&store, &all()).unwrap();
    let mut other = told(1, "t", begun(1));
    other.place.spool_id = "other".to_owned();
    assert_eq!(keep(&store, std::slice::from_ref(&other)).unwrap(), 1);
    assert_eq!(store.evidence_position().unwrap(), Some(other.place));
    let mut next = told(9, "t", over("stopped"));
    next.place.spool_id = "spool".to_owned();
    keep(&store, &[next]).unwrap();
    assert_eq!(store.evidence_position().unwrap().unwrap().sequence, 9);
}

#[test]
fn what_is_long_over_is_forgotten_and_never_stored_again() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    keep(&store, &all()).unwrap();
    assert_eq!(store.prune_evidence(UtcTime::from_millis(1000)).unwrap(), 0);
    assert_eq!(store.prune_evidence(UtcTime::from_millis(4000)).unwrap(), 3);
    assert_eq!(keep(&store, &all()).unwrap(), 0);
    assert_eq!(store.evidence_of_spool("spool").unwrap(), all()[3..]);
}

#[test]
fn an_asset_that_was_opening_when_air_died_is_suspect() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    let mut sequence = 0;
    let mut tell = |session_id: &str, what| {
        sequence += 1;
        keep(&store, &[told(sequence, session_id, what)]).unwrap();
    };
    // Air dies while two channels open the same file; another one was open by then
    for session in ["a", "b"] {
        tell(session, begun(1));
        tell(session, opening("good", "good"));
        tell(session, opened("good", "good"));
        tell(session, opening("bad", "bad"));
    }
    tell("a", over("air_lost"));
    tell("b", over("air_lost"));
    // a session that ended as it should, whatever it was doing
    tell("c", begun(2));
    tell("c", opening("other", "other"));
    tell("c", over("stopped"));
    let suspect = |deaths| Suspect { asset_id: "bad".to_owned(), deaths };
    assert_eq!(store.suspects().unwrap(), [suspect(1)]);
    // and again
    tell("d", begun(3));
    tell("d", opening("bad", "bad"));
    tell("d", over("air_lost"));
    assert_eq!(store.suspects().unwrap(), [suspect(2)]);
    // it could be opened all the same
    tell("e", begun(4));
    tell("e", opening("bad", "bad"));
    tell("e", opened("bad", "bad"));
    tell("e", over("air_lost"));
    assert_eq!(store.suspects().unwrap(), []);
}
