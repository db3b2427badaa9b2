//! The Air that Core starts: kept running, restarted when it dies, ended with Core.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use retrovue_kit::Settings;
use retrovue_kit::clock::monotonic_ns;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::air::AirStatus;
use crate::metrics::Metrics;

/// An Air that lived this long did not die of its start; its successor starts at once.
const OLD_ENOUGH: Duration = Duration::from_secs(2);
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// How long Air may drain once its stdin has ended; Core's own grace is 5 s.
const DRAIN: Duration = Duration::from_secs(3);

/// An Air that runs and cannot be reached for this long is of no use. Starting takes it a second or two, its encoder's
/// self-test included.
const AWAY_FOR: Duration = Duration::from_secs(20);

/// Supervises one Air.
pub struct AirSupervisor {
    program: PathBuf,
    config: Option<PathBuf>,
    environment: Vec<(&'static str, std::ffi::OsString)>,
    pid: Arc<AtomicU32>,
    status: watch::Receiver<AirStatus>,
    away_for: Duration,
    metrics: Metrics,
}

impl AirSupervisor {
    /// For the Air that `settings` describe: `air.program`, or the one beside this program. `status` tells whether it
    /// answers.
    ///
    /// # Errors
    /// Where this program cannot tell where it lies.
    pub fn new(
        settings: &Settings,
        config: Option<&Path>,
        status: watch::Receiver<AirStatus>,
        metrics: Metrics,
    ) -> std::io::Result<Self> {
        let program = match &settings.air_program {
            Some(program) => program.clone(),
            None => std::env::current_exe()?.with_file_name("retrovue-air"),
        };
        let environment = vec![
            ("RETROVUE_HOME", settings.home.clone().into()),
            ("RETROVUE_AIR_SOCKET", settings.air_socket.clone().into()),
            ("RETROVUE_AIR_METRICS", settings.air_metrics.to_string().into()),
        ];
        let (config, pid) = (config.map(Path::to_owned), Arc::default());
        Ok(Self { program, config, environment, pid, status, away_for: AWAY_FOR, metrics })
    }

    /// The process id of the Air that runs, for status pages; 0 while none does.
    pub fn pid(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.pid)
    }

    /// Keeps an Air running until `cancel`, then lets it drain and waits for its end.
    pub async fn run(&self, cancel: CancellationToken) {
        let mut backoff = FIRST_BACKOFF;
        while !cancel.is_cancelled() {
            let started_ns = monotonic_ns();
            match self.start() {
                Ok((mut child, stdin)) => {
                    let status = tokio::select! {
                        status = child.wait() => status,
                        () = useless(self.status.clone(), self.away_for) => kill(child).await,
                        () = cancel.cancelled() => return drain(child, stdin).await,
                    };
                    self.pid.store(0, Ordering::Relaxed);
                    tracing::error!(exit = %in_words(status), "Air ended by itself; starting it again");
                }
                Err(error) => {
                    tracing::error!(program = %self.program.display(), %error, "Air cannot be started; set air.program");
                }
            }
            let lived = Duration::from_nanos(u64::try_from(monotonic_ns() - started_ns).unwrap_or(0));
            if lived >= OLD_ENOUGH {
                backoff = FIRST_BACKOFF;
                continue;
            }
            let _ = cancel.run_until_cancelled(tokio::time::sleep(backoff)).await;
            backoff = (backoff * 2).min(LONGEST_BACKOFF);
        }
    }

    fn start(&self) -> std::io::Result<(Child, Option<ChildStdin>)> {
        let mut command = Command::new(&self.program);
        command.args(["serve", "--managed"]);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        // readiness is Core's to tell
        command.env_remove("NOTIFY_SOCKET");
        // its own group: Ctrl-C on a terminal reaches Core alone, which then ends Air in order
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).process_group(0).kill_on_drop(true);
        // stdin is held open: its end tells Air to drain, also where Core was killed. It is taken from the child,
        // whose `wait` would close it.
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take();
        self.pid.store(child.id().unwrap_or(0), Ordering::Relaxed);
        self.metrics.air_starts.inc();
        tracing::info!(air.pid = child.id(), program = %self.program.display(), "Air started");
        Ok((child, stdin))
    }
}

/// Returns once Air gives no sign of life any more, or cannot be reached for `patience`.
async fn useless(mut status: watch::Receiver<AirStatus>, patience: Duration) {
    let up = |status: &AirStatus| matches!(status, AirStatus::Up(_));
    loop {
        let answered = match tokio::time::timeout(patience, status.wait_for(up)).await {
            Ok(answered) => answered.is_ok(),
            Err(_) => {
                tracing::error!(patience_ms = patience.as_millis(), "Air runs but cannot be reached, and is killed");
                return;
            }
        };
        let away = status.wait_for(|status| !up(status)).await;
        match away.map(|away| matches!(*away, AirStatus::Hangs)) {
            Ok(true) => return tracing::error!("Air hangs, and is killed"),
            Ok(false) if answered => {}
            // nobody looks at Air any more: Core ends
            Ok(false) | Err(_) => std::future::pending().await,
        }
    }
}

async fn kill(mut child: Child) -> std::io::Result<ExitStatus> {
    child.start_kill()?;
    child.wait().await
}

async fn drain(mut child: Child, stdin: Option<ChildStdin>) {
    drop(stdin);
    let status = match tokio::time::timeout(DRAIN, child.wait()).await {
        Ok(status) => status,
        Err(_) => {
            tracing::warn!("Air did not drain in time and is killed");
            kill(child).await
        }
    };
    tracing::info!(exit = %in_words(status), "Air has ended");
}

fn in_words(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// An Air that notes its start in `starts`, and then does as `script` says.
    fn supervisor(home: &Path, script: &str) -> AirSupervisor {
        let program = home.join("air");
        let starts = home.join("starts");
        std::fs::write(&program, format!("#!/bin/sh\necho \"$@\" >> {}\n{script}\n", starts.display())).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        // nobody looks whether it answers
        let (_, status) = watch::channel(AirStatus::Down(String::new()));
        AirSupervisor {
            program,
            config: None,
            environment: vec![],
            pid: Arc::default(),
            status,
            away_for: AWAY_FOR,
            metrics: Metrics::new(),
        }
    }

    fn spawned(supervisor: AirSupervisor, cancel: &CancellationToken) -> tokio::task::JoinHandle<()> {
        let cancel = cancel.clone();
        tokio::spawn(async move { supervisor.run(cancel).await })
    }

    async fn until_starts(home: &Path, count: usize) {
        let starts = || std::fs::read_to_string(home.join("starts")).unwrap_or_default().lines().count();
        let reached = async {
            while starts() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), reached).await.expect("Air was not started");
    }

    #[tokio::test]
    async fn an_air_that_dies_is_started_again() {
        let home = tempfile::tempdir().unwrap();
        let (supervisor, cancel) = (supervisor(home.path(), "exit 3"), CancellationToken::new());
        let metrics = supervisor.metrics.clone();
        let running = spawned(supervisor, &cancel);
        until_starts(home.path(), 3).await;
        cancel.cancel();
        running.await.unwrap();
        assert!(metrics.air_starts.get() >= 3);
        let arguments = std::fs::read_to_string(home.path().join("starts")).unwrap();
        assert_eq!(arguments.lines().next(), Some("serve --managed"));
    }

    #[tokio::test]
    async fn an_air_that_hangs_is_killed_and_started_again() {
        let home = tempfile::tempdir().unwrap();
        let (mut supervisor, cancel) = (supervisor(home.path(), "exec cat > /dev/null"), CancellationToken::new());
        let (_answers, status) = watch::channel(AirStatus::Down("it hangs".to_owned()));
        (supervisor.status, supervisor.away_for) = (status, Duration::from_millis(50));
        let running = spawned(supervisor, &cancel);
        until_starts(home.path(), 2).await;
        cancel.cancel();
        running.await.unwrap();
    }

    #[tokio::test]
    async fn stdin_is_held_until_its_end_lets_it_drain() {
        let home = tempfile::tempdir().unwrap();
        // 124 is what `timeout` answers where the command it watches was still reading
        let script = "exec >> $(dirname $0)/starts; timeout 0.3 cat > /dev/null; echo held $?; cat; echo drained";
        let supervisor = supervisor(home.path(), script);
        let cancel = CancellationToken::new();
        let running = spawned(supervisor, &cancel);
        until_starts(home.path(), 2).await;
        cancel.cancel();
        running.await.unwrap();
        let starts = std::fs::read_to_string(home.path().join("starts")).unwrap();
        assert_eq!(starts, "serve --managed\nheld 124\ndrained\n");
    }
}
