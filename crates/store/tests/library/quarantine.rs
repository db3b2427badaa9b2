//! Assets over which Air died.

use retrovue_store::evidence::{Evidence, Place, Planned, What};
use retrovue_store::library::{AssetState, Decision};
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use crate::Library;

/// A session that opened the asset and died with Air, at that second.
fn death(library: &Library, id: &str, second: i64) {
    let segment = Planned { asset_id: Some(id.to_owned()), ..Planned::default() };
    let happened = [
        What::SessionStarted { first: FrameIndex(0), frame_rate: FrameRate::HOUSE[3], air_run: second.unsigned_abs() },
        What::Opening { segment, frame: FrameIndex(0) },
        What::SessionEnded { end: FrameIndex(0), cause: "air_lost".to_owned() },
    ];
    let told: Vec<Evidence> = happened
        .into_iter()
        .zip(1..)
        .map(|(what, at)| Evidence {
            place: Place { spool_id: "spool".to_owned(), sequence: second.unsigned_abs() * 10 + at },
            channel: "classics".to_owned(),
            session_id: second.to_string(),
            at: UtcTime::from_millis(second * 1000),
            what,
        })
        .collect();
    library.store.keep_evidence(&told, &|_, _| jiff::civil::date(2026, 11, 22)).unwrap();
}

#[test]
fn an_asset_is_out_of_use_after_two_deaths_until_somebody_takes_it_back() {
    let library = Library::new();
    let source = library.source("tv", true);
    let id = library.ready(&source, "a.mkv", 1).id;
    let now = |second: i64| UtcTime::from_millis(second * 1000);
    // the evidence is younger than what is known of the asset
    let began = library.store.asset(&id).unwrap().updated.millis() / 1000 + 1;
    library.store.decide(Decision::Approve, std::slice::from_ref(&id), now(began), false).unwrap();

    death(&library, &id, began + 1);
    assert_eq!(library.store.quarantine(now(began + 2)).unwrap(), []);
    death(&library, &id, began + 3);
    let quarantined = library.store.quarantine(now(began + 4)).unwrap();
    let [asset] = &quarantined[..] else { panic!("{quarantined:?}") };
    assert_eq!((asset.state, asset.approved, asset.is_quarantined()), (AssetState::Faulty, false, true));
    assert_eq!(library.store.quarantined().unwrap(), quarantined);
    assert_eq!(library.store.quarantine(now(began + 5)).unwrap(), [], "it is out of use already");

    let restored = library.store.decide(Decision::Restore, std::slice::from_ref(&id), now(began + 6), false).unwrap();
    assert_eq!((restored[0].state, restored[0].approved), (AssetState::Ready, true), "it was approved before");
    assert_eq!(library.store.quarantine(now(began + 7)).unwrap(), [], "what was before is forgiven");
    death(&library, &id, began + 8);
    assert_eq!(library.store.quarantine(now(began + 9)).unwrap(), []);
    death(&library, &id, began + 10);
    assert_eq!(library.store.quarantine(now(began + 11)).unwrap().len(), 1);
}
