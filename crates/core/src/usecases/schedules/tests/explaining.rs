//! Why something is on, from what is stored.

use super::*;

#[test]
fn every_instant_that_is_stored_can_be_explained() {
    let network = Network::with_series();
    network.apply(&plan("one", "")).unwrap();
    network.pass(3);
    network.apply(&plan("one", "name: Another\n")).unwrap();
    network.pass(20);
    let schedule = network.service.schedule("one", NOW, 72).unwrap();
    let items: Vec<_> = schedule.days.into_iter().flat_map(|day| day.items).collect();
    assert!(items.len() > 100);
    let mut unknown = 0;
    for (at, item) in items.iter().enumerate() {
        let asked: jiff::Timestamp = item.start_utc.parse().unwrap();
        let asked = UtcTime::from_nanos(i64::try_from(asked.as_nanosecond()).unwrap()).plus(Duration::from_secs(60));
        let why = network.service.explain("one", asked).unwrap();
        assert_eq!(&why.item, item);
        assert_eq!(why.slot.unwrap().layer, "all");
        let pool = why.pool.unwrap();
        assert_eq!((pool.size, &pool.cursor_after), (10, &item.asset_id));
        // what came before the day was changed midway is not known of the items that stayed
        match pool.cursor_before {
            Some(before) if at > 0 => assert_eq!(Some(before), items[at - 1].asset_id),
            _ => unknown += 1,
        }
        assert!(why.reasons.len() >= 3, "{:?}", why.reasons);
    }
    assert!(unknown < 40, "{unknown} of {}", items.len());
}

#[test]
fn what_is_not_stored_cannot_be_explained() {
    let network = Network::with_series();
    network.apply(&plan("one", "")).unwrap();
    let code = |slug: &str, at| network.service.explain(slug, at).unwrap_err().code;
    assert_eq!(code("two", NOW), "channel_not_found");
    assert_eq!(code("one", UtcTime::EPOCH), "nothing_stored");
    assert_eq!(code("one", NOW.plus(HOUR * 24 * 60)), "nothing_stored");
}
