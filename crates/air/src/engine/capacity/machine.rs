//! What this process and all others have used of the machine.

use retrovue_kit::clock::process_cpu_ns;

/// Counters at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// By CLOCK_MONOTONIC.
    pub(super) at_ns: i64,
    /// Of this process.
    pub(super) own_ns: i64,
    /// By this process.
    pub(super) coded_pixels: u64,
    /// Seconds of one core that all processes have used, but those that give way; none where the system does not tell.
    pub(super) busy: Option<f64>,
}

impl Look {
    pub(super) fn take(at_ns: i64) -> Self {
        let statistics = std::fs::read_to_string("/proc/stat").ok();
        Self {
            at_ns,
            own_ns: process_cpu_ns(),
            coded_pixels: retrovue_pipeline::coded_pixels(),
            busy: statistics
                .as_deref()
                .and_then(busy)
                .map(|ticks| ticks / rustix::param::clock_ticks_per_second() as f64),
        }
    }
}

/// Cores, as they were counted once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Machine {
    /// For this process: a container may have less than the machine.
    allowed: f64,
    online: f64,
}

impl Machine {
    pub(super) fn count() -> Self {
        let allowed = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        let statistics = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        // one line for each, and one for all
        let online = statistics.lines().filter(|line| line.starts_with("cpu")).count().saturating_sub(1);
        Self { allowed, online: allowed.max(online as f64) }
    }

    /// What channels may share where others take so many cores. A fair scheduler leaves everyone a half, whoever else
    /// wants it.
    pub(super) fn cores(&self, others: f64) -> f64 {
        self.allowed.min(self.online - others.min(self.online / 2.0))
    }
}

/// `user`, `system`, `irq`, `softirq` and `steal` of `/proc/stat`, in ticks. Not `nice`: such processes give way.
fn busy(statistics: &str) -> Option<f64> {
    let all = statistics.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<f64> = all.split_whitespace().map_while(|field| field.parse().ok()).collect();
    let [user, _nice, system, _idle, _waiting, irq, softirq, steal, ..] = ticks[..] else { return None };
    Some(user + system + irq + softirq + steal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_use_is_read_from_the_system() {
        let statistics = "cpu  100 20 30 4000 50 6 7 8 0 0\ncpu0 50 10 15 2000 25 3 4 4 0 0\nintr 5\n";
        assert_eq!(busy(statistics), Some(151.0));
        assert_eq!(busy("cpu  100 20\n"), None);
        assert_eq!(busy(""), None);
        assert!(Look::take(0).busy.is_some_and(|seconds| seconds > 0.0));
    }

    #[test]
    fn others_take_half_of_the_machine_at_most() {
        let machine = Machine { allowed: 2.0, online: 8.0 };
        assert_eq!([0.0, 5.0, 100.0].map(|others| machine.cores(others)), [2.0, 2.0, 2.0]);
        let machine = Machine { allowed: 8.0, online: 8.0 };
        assert_eq!([0.0, 3.0, 100.0].map(|others| machine.cores(others)), [8.0, 5.0, 4.0]);
        assert!(Machine::count().cores(0.0) >= 1.0);
    }
}
