//! Players as viewers have them, and how far they have played.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// A player that runs without a screen. Dropping it ends it.
pub(crate) struct Player {
    pub(crate) name: &'static str,
    child: Child,
    told: PathBuf,
}

impl Player {
    /// ffmpeg, which decodes all that comes.
    pub(crate) fn ffmpeg(url: &str, told: PathBuf) -> Self {
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-v", "error", "-progress"]).arg(&told).args(["-i", url, "-f", "null", "-"]);
        Self::start("ffmpeg", command, told)
    }

    /// mpv, which plays in time.
    pub(crate) fn mpv(url: &str, told: PathBuf) -> Self {
        let mut command = Command::new("mpv");
        command.args(["--no-config", "--really-quiet", "--vo=null", "--ao=null"]);
        command.arg(format!("--input-ipc-server={}", told.display())).arg(url);
        Self::start("mpv", command, told)
    }

    fn start(name: &'static str, mut command: Command, told: PathBuf) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        Self { name, child, told }
    }

    /// How many seconds it has played so far. None where it says nothing.
    pub(crate) async fn played(&mut self) -> Option<f64> {
        assert_eq!(self.child.try_wait().unwrap(), None, "{} has ended", self.name);
        if self.name == "mpv" { self.asked().await } else { self.noted() }
    }

    fn noted(&self) -> Option<f64> {
        let told = std::fs::read_to_string(&self.told).ok()?;
        let microseconds = told.lines().rev().find_map(|line| line.strip_prefix("out_time_us="))?;
        microseconds.parse::<f64>().ok().map(|time| time / 1e6)
    }

    async fn asked(&self) -> Option<f64> {
        let mut socket = BufReader::new(UnixStream::connect(&self.told).await.ok()?);
        socket.get_mut().write_all(b"{\"command\":[\"get_property\",\"time-pos\"],\"request_id\":7}\n").await.ok()?;
        loop {
            let mut line = String::new();
            if socket.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let answer: Value = serde_json::from_str(&line).ok()?;
            if answer["request_id"] == 7 {
                return answer["data"].as_f64();
            }
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
