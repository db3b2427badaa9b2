//! An installation: a home, its ports, its daemons and its command line.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use retrovue_proto::v1;
use retrovue_proto::v1::inspect_update::What;
use retrovue_proto::v1::media_service_client::MediaServiceClient;
use retrovue_proto::v1::playout_service_client::PlayoutServiceClient;
use serde_json::Value;
use tempfile::TempDir;
use tonic::transport::Channel;

use super::{Daemon, Launch, binary, terminal};
use crate::http;

/// How long a daemon may take until it can serve, on a machine that builds at the same time.
const READY: Duration = Duration::from_secs(60);

/// A temporary installation of RetroVue.
#[derive(Debug)]
pub struct Site {
    home: TempDir,
    http: SocketAddr,
    metrics: SocketAddr,
    settings: Vec<(String, String)>,
}

/// What the command line answered.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// The exit code.
    pub code: i32,
    /// The JSON document on standard output.
    pub document: Value,
    /// Standard error.
    pub stderr: String,
}

/// What the command line printed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Printed {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Answer {
    /// `data` of a document that says ok.
    ///
    /// # Errors
    /// Where it says something else, with all that it said.
    pub fn data(&self) -> Result<&Value> {
        match self.document.get("data").filter(|_| self.document["status"] == "ok") {
            Some(data) => Ok(data),
            None => bail!("exit code {}: {}\n{}", self.code, self.document, self.stderr),
        }
    }
}

impl Site {
    /// A home with nothing in it, and ports that were free just now.
    ///
    /// # Errors
    /// Where no directory or no port is to be had.
    pub fn new() -> Result<Self> {
        // short, since socket paths end at 108 bytes
        let home =
            tempfile::Builder::new().prefix("rv").tempdir_in("/tmp").context("no temporary home could be made")?;
        // both are held until both are known, so that they differ
        let listeners = [free_port()?, free_port()?];
        let [http, metrics] = [listeners[0].local_addr()?, listeners[1].local_addr()?];
        // what a test does not ask for shall not take its processor
        let settings = [
            ("RETROVUE_LIBRARY__MEASURE", "false"),
            ("RETROVUE_LIBRARY__WATCH", "off"),
            // nor shall it be refused for what other tests take
            ("RETROVUE_AIR__BUDGET", "off"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Ok(Self { home, http, metrics, settings })
    }

    /// With one more setting, named as in the environment, for all that is started from now on.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `RETROVUE_HOME`.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where Core listens.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// A path on Core's listener, as a URL.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    /// Air's metrics, as a URL.
    pub fn air_metrics(&self) -> String {
        format!("http://{}/metrics", self.metrics)
    }

    /// Air's gRPC socket.
    pub fn air_socket(&self) -> PathBuf {
        self.home().join("run/air.sock")
    }

    /// `retrovue-core serve` in this home. It starts its own Air.
    ///
    /// # Errors
    /// Where it is not built.
    pub fn core(&self) -> Result<Launch> {
        // Core takes the Air beside itself, which has to be built too
        binary("retrovue-air")?;
        Ok(self.launch("retrovue-core")?.arg("serve"))
    }

    /// `retrovue-air serve` in this home.
    ///
    /// # Errors
    /// Where it is not built.
    pub fn air(&self) -> Result<Launch> {
        Ok(self.launch("retrovue-air")?.arg("serve"))
    }

    /// Starts Core and waits until it can serve viewers.
    ///
    /// # Errors
    /// Where it is not built, ends, or is not ready after a minute.
    pub async fn start_core(&self) -> Result<Daemon> {
        self.await_core(self.core()?).await
    }

    /// Starts a Core of this home that was prepared in some way, and waits until it can serve viewers.
    ///
    /// # Errors
    /// Where it ends, or is not ready after a minute.
    pub async fn await_core(&self, core: Launch) -> Result<Daemon> {
        let mut core = core.start()?;
        let ready = self.url("/readyz");
        core.wait_for("Core to be ready", READY, async || is_ok(&ready).await.then_some(())).await?;
        Ok(core)
    }

    /// Starts Air and waits until its socket takes connections.
    ///
    /// # Errors
    /// Where it is not built, ends, or is not ready after a minute.
    pub async fn start_air(&self) -> Result<Daemon> {
        self.await_air(self.air()?).await
    }

    /// Starts an Air of this home that was prepared in some way, and waits until its socket takes connections.
    ///
    /// # Errors
    /// Where it ends, or is not ready after a minute.
    pub async fn await_air(&self, air: Launch) -> Result<Daemon> {
        let mut air = air.start()?;
        let socket = self.air_socket();
        let connects = async || tokio::net::UnixStream::connect(&socket).await.ok().map(drop);
        air.wait_for("Air's socket", READY, connects).await?;
        Ok(air)
    }

    /// A connection to Air's playout service.
    ///
    /// # Errors
    /// Where nothing answers on its socket.
    pub async fn air_client(&self) -> Result<PlayoutServiceClient<Channel>> {
        let address = format!("unix:{}", self.air_socket().display());
        PlayoutServiceClient::connect(address).await.context("Air does not answer on its socket")
    }

    /// Where the lines of time of the file at `path` begin, as Air tells.
    ///
    /// # Errors
    /// Where Air does not answer, or the file holds no picture.
    pub async fn first_picture(&self, path: &Path) -> Result<v1::FirstPicture> {
        let address = format!("unix:{}", self.air_socket().display());
        let mut media = MediaServiceClient::connect(address).await.context("Air does not answer on its socket")?;
        let request = v1::InspectRequest { path: path.as_os_str().as_bytes().to_vec(), ..Default::default() };
        let mut updates = media.inspect(request).await?.into_inner();
        while let Some(update) = updates.message().await? {
            if let Some(What::Inspection(found)) = update.what {
                return found.first_picture.context("Air tells of no first picture");
            }
        }
        bail!("Air did not tell what {} holds", path.display())
    }

    /// Runs `retrovue … --json` in this home.
    ///
    /// # Errors
    /// Where it is not built, or its output is not one JSON document.
    pub async fn retrovue(&self, arguments: &[&str]) -> Result<Answer> {
        let Printed { code, stdout, stderr } = self.printed(&[arguments, &["--json"]].concat(), 0).await?;
        let document = serde_json::from_str(&stdout)
            .with_context(|| format!("retrovue {arguments:?} printed no JSON document: {stdout}\n{stderr}"))?;
        Ok(Answer { code, document, stderr })
    }

    /// Runs `retrovue …` in this home as people do, on so many columns; 0 is as many as are wanted.
    ///
    /// # Errors
    /// Where it is not built, or prints something else than text.
    pub async fn printed(&self, arguments: &[&str], columns: u16) -> Result<Printed> {
        let launch = self.launch("retrovue")?.env("COLUMNS", columns.to_string());
        let launch = arguments.iter().fold(launch, |launch, argument| launch.arg(argument));
        let mut command = tokio::process::Command::from(launch.command());
        let output = command.stdin(std::process::Stdio::null()).output().await.context("retrovue could not be run")?;
        let stdout = String::from_utf8(output.stdout).context("standard output is no text")?;
        let stderr = String::from_utf8(output.stderr).context("standard error is no text")?;
        Ok(Printed { code: output.status.code().unwrap_or(-1), stdout, stderr })
    }

    /// Runs `retrovue …` in this home on a terminal where `typed` is what was typed; all that it shows is answered as
    /// standard output.
    ///
    /// # Errors
    /// Where it is not built, or there is no terminal to be had.
    pub async fn on_terminal(&self, arguments: &[&str], typed: &str) -> Result<Printed> {
        let launch = arguments.iter().fold(self.launch("retrovue")?, |launch, argument| launch.arg(argument));
        let (command, typed) = (launch.command(), typed.to_owned());
        tokio::task::spawn_blocking(move || terminal::run(command, &typed)).await?
    }

    fn launch(&self, name: &str) -> Result<Launch> {
        let launch = Launch::new(&binary(name)?, &self.home().join(format!("{name}.log")))
            .env("RETROVUE_HOME", self.home())
            .env("RETROVUE_HTTP", self.http.to_string())
            .env("RETROVUE_AIR_METRICS", self.metrics.to_string())
            .env("RETROVUE_AIR_SOCKET", self.air_socket());
        Ok(self.settings.iter().fold(launch, |launch, (name, value)| launch.env(name, value)))
    }
}

async fn is_ok(url: &str) -> bool {
    http::get(url).await.is_ok_and(|response| response.status().is_success())
}

fn free_port() -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")
}
