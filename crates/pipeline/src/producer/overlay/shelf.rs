//! What overlays are made of, made once and kept: decoded logos, rendered texts.
//!
//! Making one reads files, which may hang as long as a file system does, and runs code over what others drew. So each
//! is made on a thread of its own that may be left behind: whoever wants it waits for a while, and then goes without.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// One channel has a logo and a text or two; each takes some hundred kilobytes.
const KEPT: usize = 32;

/// Why something could not be made: what follows its name in a sentence.
pub(super) type Unusable = String;

type Made<A> = Result<Arc<A>, Unusable>;

/// A bounded store of `A` by `K`, which forgets what has not been asked for longest.
pub(super) struct Shelf<K, A> {
    state: Mutex<State<K, A>>,
}

struct State<K, A> {
    /// The one that was asked for last comes first.
    kept: VecDeque<(K, Arc<A>)>,
    making: HashMap<K, Arc<Slot<A>>>,
}

/// Something that is being made, perhaps for several.
pub(super) struct Slot<A> {
    made: Mutex<Option<Made<A>>>,
    changed: Condvar,
}

impl<K: Eq + Hash + Clone + Send + 'static, A: Send + Sync + 'static> Shelf<K, A> {
    pub(super) fn new() -> Self {
        Self { state: Mutex::new(State { kept: VecDeque::new(), making: HashMap::new() }) }
    }

    /// Has `key` made. `make` is told what is kept of it, and may find that still good.
    pub(super) fn order(
        &'static self,
        key: &K,
        make: impl FnOnce(&K, Option<Arc<A>>) -> Made<A> + Send + 'static,
    ) -> Arc<Slot<A>> {
        let mut state = self.lock();
        if let Some(slot) = state.making.get(key) {
            return Arc::clone(slot);
        }
        let slot = Arc::new(Slot { made: Mutex::new(None), changed: Condvar::new() });
        let kept = state.kept.iter().find(|(other, _)| other == key).map(|(_, made)| Arc::clone(made));
        let (ordered, making) = (key.clone(), Arc::clone(&slot));
        let work = move || {
            let made = catch_unwind(AssertUnwindSafe(|| make(&ordered, kept)));
            let made = made.unwrap_or_else(|_| Err("cannot be drawn".to_owned()));
            self.keep(ordered, made.clone().ok());
            making.finish(made);
        };
        match thread::Builder::new().name("overlay".to_owned()).spawn(work) {
            Ok(_) => drop(state.making.insert(key.clone(), Arc::clone(&slot))),
            Err(error) => slot.finish(Err(format!("has no thread to be drawn on: {error}"))),
        }
        slot
    }

    fn keep(&self, key: K, made: Option<Arc<A>>) {
        let mut state = self.lock();
        state.making.remove(&key);
        state.kept.retain(|(other, _)| *other != key);
        if let Some(made) = made {
            state.kept.push_front((key, made));
            state.kept.truncate(KEPT);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> Slot<A> {
    /// What was made, waiting up to `wait` for it.
    pub(super) fn wait(&self, wait: Duration) -> Made<A> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let unmade = |made: &mut Option<Made<A>>| made.is_none();
        let waited = self.changed.wait_timeout_while(made, wait, unmade);
        let (made, _) = waited.unwrap_or_else(PoisonError::into_inner);
        made.clone().unwrap_or_else(|| Err(format!("was not there within {} ms", wait.as_millis())))
    }

    fn finish(&self, made: Made<A>) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_kept_is_offered_and_the_oldest_is_forgotten() {
        static SHELF: LazyLock<Shelf<usize, usize>> = LazyLock::new(Shelf::new);
        let get = |key: usize| {
            let made = SHELF.order(&key, |key, kept| Ok(kept.unwrap_or_else(|| Arc::new(key + 1000)))).wait(LONG);
            made.unwrap()
        };
        let first = get(0);
        assert!(Arc::ptr_eq(&first, &get(0)));
        (1..=KEPT).for_each(|key| drop(get(key)));
        assert!(!Arc::ptr_eq(&first, &get(0)));
        assert_eq!(SHELF.lock().kept.len(), KEPT);
    }

    #[test]
    fn whoever_waits_in_vain_goes_without() {
        static SHELF: LazyLock<Shelf<u8, u8>> = LazyLock::new(Shelf::new);
        let (go, hold) = mpsc::channel::<()>();
        let slow = SHELF.order(&1, move |_, _| {
            let _ = hold.recv();
            Ok(Arc::new(7))
        });
        assert_eq!(slow.wait(Duration::ZERO).unwrap_err(), "was not there within 0 ms");
        let joined = SHELF.order(&1, |_, _| Err("is made twice".to_owned()));
        go.send(()).unwrap();
        assert_eq!((*joined.wait(LONG).unwrap(), *slow.wait(LONG).unwrap()), (7, 7));
        let broken = SHELF.order(&2, |_, _| panic!("as a decoder may"));
        assert_eq!(broken.wait(LONG).unwrap_err(), "cannot be drawn");
    }
}
