//! Which networks may watch.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use retrovue_kit::settings::Network;

/// Networks that may watch; empty lets all. Cheap to clone; all clones change together.
#[derive(Clone, Default)]
pub struct Allowed(Arc<RwLock<Vec<Network>>>);

impl Allowed {
    /// From now on these may watch. Who watches already goes on.
    pub fn set(&self, networks: Vec<Network>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = networks;
    }

    /// Whether a viewer there may watch; one whose address is not known may where all may.
    pub(super) fn lets(&self, peer: Option<IpAddr>) -> bool {
        let networks = self.0.read().unwrap_or_else(PoisonError::into_inner);
        networks.is_empty() || peer.is_some_and(|peer| networks.iter().any(|network| network.contains(peer)))
    }
}

impl FromIterator<Network> for Allowed {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        Self(Arc::new(RwLock::new(networks.into_iter().collect())))
    }
}
