//! The guide in memory is what is stored, whatever happens, and no more of it is read again than has changed.

use super::*;
use crate::channels::source::{GuideSource, Programme};

impl Network {
    /// Holds the guide against the store, from before what is in memory to beyond the end. Tells the channels' names.
    fn guide_as_stored(&self) -> Vec<String> {
        let now = self.clock.now();
        for (from, to) in [(now, now.plus(HOUR * 6)), (now.minus(HOUR * 24), now), (now, now.plus(HOUR * 24 * 40))] {
            for channel in self.service.guide(from, to).unwrap() {
                let stored = self.service.desk.programmes(&channel.info.id, from, to).unwrap();
                assert!(channel.programmes == stored, "{} from {from:?} to {to:?}", channel.info.slug);
            }
        }
        self.service.guide(now, now).unwrap().into_iter().map(|channel| channel.info.name).collect()
    }

    /// Where the programmes of a channel are in memory.
    fn held(&self, slug: &str) -> *const Programme {
        let listings = self.service.desk.listings().unwrap();
        let listing = listings.iter().find(|listing| listing.info.slug == slug).unwrap();
        listing.between(NOW, self.clock.now().plus(HOUR)).unwrap().as_ptr()
    }
}

#[test]
fn the_guide_follows_every_change() {
    let network = Network::with_series();
    assert_eq!(network.guide_as_stored(), Vec::<String>::new());
    network.apply(&plan("one", "name: One\n")).unwrap();
    network.apply(&plan("two", "name: Two\n")).unwrap();
    assert_eq!(network.guide_as_stored(), ["One", "Two"]);

    let (one, two, edition) = (network.held("one"), network.held("two"), network.service.edition());
    assert_eq!((network.held("one"), network.service.edition()), (one, edition), "nothing has changed");
    network.add_episodes("wings", 10, 20 * 60);
    let wings = plan("two", "name: Too\n").replace("series: cheers", "series: wings");
    network.service.apply_now(&[file("two.yaml", &wings)], false).unwrap();
    assert_eq!(network.guide_as_stored(), ["One", "Too"]);
    assert_eq!(network.held("one"), one, "it was read again for another channel's sake");
    assert_ne!(network.held("two"), two);
    assert_ne!(network.service.edition(), edition);

    network.service.rebuild("one", None, true, false).unwrap();
    network.guide_as_stored();
    let two = network.held("two");
    network.service.remove("one", false).unwrap();
    assert_eq!(network.guide_as_stored(), ["Too"]);
    assert_eq!(network.held("two"), two);
    network.apply(&plan("one", "name: One\n")).unwrap();
    assert_eq!(network.guide_as_stored(), ["One", "Too"]);
    for _ in 0..4 {
        network.pass(12);
        assert_eq!(network.guide_as_stored(), ["One", "Too"]);
    }
}
