//! The child process that looks at one file: what it tells, line by line, and how it ends.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use retrovue_pipeline::inspect::InspectError;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines, Take};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::media::Told;

/// Bytes of all that a child tells: four lines a second for days, or half a million keyframes.
const MAX_TOLD: u64 = 32 << 20;

/// Bytes of a child's complaints that are kept.
const MAX_COMPLAINT: usize = 4 << 10;

/// A child at work. It is killed when this is dropped, and leaves by itself when its input ends, which it does with the
/// daemon however that ends.
pub(super) struct Looking {
    path: PathBuf,
    child: Child,
    _stdin: Option<ChildStdin>,
    told: Lines<BufReader<Take<ChildStdout>>>,
    stderr: Option<ChildStderr>,
    complaint: Vec<u8>,
    patience: Duration,
}

impl Looking {
    /// Runs this program's own `inspect` on `path`, which may be silent for `patience`.
    pub(super) fn at(path: &Path, measured: bool, patience: Duration) -> io::Result<Self> {
        let mut command = Command::new("/proc/self/exe");
        command.arg("inspect").args(measured.then_some("--measure")).arg("--").arg(path);
        Self::spawn(command, path, patience)
    }

    fn spawn(mut command: Command, path: &Path, patience: Duration) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("a child without an output"))?;
        Ok(Self {
            path: path.to_owned(),
            _stdin: child.stdin.take(),
            told: BufReader::new(stdout.take(MAX_TOLD)).lines(),
            stderr: child.stderr.take(),
            complaint: Vec::new(),
            child,
            patience,
        })
    }

    /// What it tells next. A child that is silent for too long or dies is the file's fault, and told so.
    pub(super) async fn next(&mut self) -> Told {
        match tokio::time::timeout(self.patience, self.heard()).await {
            Ok(Ok(Some(told))) => told,
            Ok(Ok(None)) => self.crashed().await,
            Ok(Err(error)) => {
                self.failed("crashed", &format!("was looked at by a process that told nonsense: {error}"))
            }
            Err(_) => {
                let seconds = self.patience.as_secs();
                self.failed("timeout", &format!("was looked at for {seconds} s without getting on"))
            }
        }
    }

    /// The next line; complaints are kept meanwhile, for a full pipe would stop the child.
    async fn heard(&mut self) -> io::Result<Option<Told>> {
        let mut scratch = [0; 1024];
        loop {
            let complains = self.stderr.is_some();
            let complaint = async {
                match &mut self.stderr {
                    Some(stderr) => stderr.read(&mut scratch).await,
                    None => Ok(0),
                }
            };
            tokio::select! {
                line = self.told.next_line() => {
                    let Some(line) = line? else { return Ok(None) };
                    return serde_json::from_str(&line).map(Some).map_err(io::Error::from);
                }
                read = complaint, if complains => match read {
                    Ok(0) | Err(_) => self.stderr = None,
                    Ok(read) => {
                        let room = MAX_COMPLAINT.saturating_sub(self.complaint.len());
                        self.complaint.extend(&scratch[..read.min(room)]);
                    }
                }
            }
        }
    }

    async fn crashed(&mut self) -> Told {
        let exit = match tokio::time::timeout(self.patience, self.child.wait()).await {
            Ok(Ok(exit)) => exit.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it does not end".to_owned(),
        };
        self.failed("crashed", &format!("ended the process that looked at it ({exit})"))
    }

    fn failed(&self, code: &str, what: &str) -> Told {
        let stderr = String::from_utf8_lossy(&self.complaint);
        tracing::warn!(path = %self.path.display(), code, stderr = stderr.trim(), "looking at a file failed");
        Told::Error(InspectError { code: code.to_owned(), message: format!("{} {what}", self.path.display()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, patience: Duration) -> Looking {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Looking::spawn(command, Path::new("/films/a.mkv"), patience).unwrap()
    }

    /// Everything that is told, in words.
    async fn heard(script: &str, patience: Duration) -> Vec<String> {
        let (mut looking, mut words) = (shell(script, patience), Vec::new());
        loop {
            match looking.next().await {
                Told::Fraction(part) => words.push(part.to_string()),
                Told::Inspection(found) => words.push(found.container),
                Told::Error(error) => {
                    words.push(error.to_string());
                    return words;
                }
            }
        }
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_child_that_dies_is_the_files_fault() {
        let script = r#"echo '{"fraction":0.25}'; yes complaint | head -c 100000 >&2; kill -9 $$"#;
        let died = "/films/a.mkv ended the process that looked at it (signal: 9 (SIGKILL))";
        assert_eq!(heard(script, LONG).await, ["0.25", died]);
        let [_, odd] = &heard(r#"echo '{"fraction":0.5}'; echo; sleep 100"#, LONG).await[..] else { panic!() };
        assert!(odd.contains("told nonsense"), "{odd}");
    }

    #[tokio::test]
    async fn a_child_that_hangs_is_given_up() {
        let told = heard("exec sleep 100", Duration::from_millis(50)).await;
        assert_eq!(told, ["/films/a.mkv was looked at for 0 s without getting on"]);
    }

    #[tokio::test]
    async fn a_child_nobody_waits_for_is_killed() {
        let looking = shell("exec sleep 100", LONG);
        let process = format!("/proc/{}", looking.child.id().unwrap());
        assert!(Path::new(&process).exists());
        drop(looking);
        let gone = async || (!Path::new(&process).exists()).then_some(());
        retrovue_testkit::wait::wait_for("the child to go", LONG, gone).await.unwrap();
    }
}
