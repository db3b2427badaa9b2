//! SIGHUP: settings are read again while the daemons run, and systemd is told.

use std::path::Path;

use retrovue_testkit::daemon::{Daemon, Site};
use retrovue_testkit::http;
use retrovue_testkit::wait::wait_for;
use rustix::process::Signal;
use tokio::net::UnixDatagram;

use crate::station::SOON;

/// systemd, as far as daemons know it.
struct Systemd(UnixDatagram);

impl Systemd {
    /// What it is told next, the watchdog apart.
    async fn told(&self) -> String {
        let mut message = [0; 512];
        let received = tokio::time::timeout(SOON, self.0.recv(&mut message)).await.expect("systemd was not told");
        String::from_utf8_lossy(&message[..received.unwrap()]).into_owned()
    }
}

struct Reloading {
    core: Daemon,
    site: Site,
    systemd: Systemd,
}

impl Reloading {
    async fn with(text: &str) -> Self {
        let site = Site::new().unwrap();
        let systemd = site.home().join("notify");
        let site = site.with("NOTIFY_SOCKET", systemd.to_str().unwrap());
        let systemd = Systemd(UnixDatagram::bind(systemd).unwrap());
        let file = site.home().join("retrovue.toml");
        std::fs::write(&file, text).unwrap();
        let core = site.core().unwrap().arg("--config").arg(&file);
        let core = site.await_core(core).await.unwrap();
        let reloading = Self { core, site, systemd };
        assert_eq!(reloading.systemd.told().await.trim_end(), "READY=1");
        reloading
    }

    fn file(&self) -> std::path::PathBuf {
        self.site.home().join("retrovue.toml")
    }

    /// Has these settings read.
    async fn read(&self, text: &str) {
        std::fs::write(self.file(), text).unwrap();
        self.core.signal(Signal::HUP).unwrap();
        let told = self.systemd.told().await;
        assert!(told.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{told}");
        assert_eq!(self.systemd.told().await.trim_end(), "READY=1");
    }

    async fn until_logged(&self, line: &str, times: usize) {
        let logged = async || (self.core.log().matches(line).count() >= times).then_some(());
        let found = wait_for(line, SOON, logged).await;
        assert!(found.is_ok(), "{line} is not {times} times in\n{}", self.core.log());
    }

    async fn status_of(&self, path: &str) -> u16 {
        http::get(self.site.url(path)).await.unwrap().status().as_u16()
    }
}

fn place(file: &Path, rest: &str) -> String {
    format!("{}:{rest}", file.display())
}

#[tokio::test]
async fn settings_that_are_read_again_hold_at_once_or_are_named() {
    let mut daemons = Reloading::with("[log]\nlevel = \"info\"\n").await;
    assert_eq!(daemons.status_of("/channels.m3u").await, 200);
    assert!(!daemons.core.log().contains(" DEBUG "));

    let changed = "[viewers]\nallow = [\"10.0.0.0/8\"]\n[log]\nlevel = \"info,h2=debug\"\n[air]\nencoder = \"x264\"\n";
    daemons.read(changed).await;
    assert_eq!(daemons.status_of("/channels.m3u").await, 403);
    daemons.until_logged("applied: viewers.allow from \"\" to \"10.0.0.0/8\", log.level from", 1).await;
    // Air reads them, too
    daemons.until_logged("needs a restart: air.encoder from \"auto\" to \"x264\"", 2).await;
    daemons.until_logged(" DEBUG ", 1).await;

    // one mistake, and nothing is changed
    daemons.read("[viewers]\nallow = [\"home\"]\nlinger = \"1s\"\n").await;
    let mistake = place(&daemons.file(), "2:9: viewers.allow is \"home\"");
    daemons.until_logged(&format!("the settings stay as they were: {mistake}"), 1).await;
    assert_eq!(daemons.status_of("/channels.m3u").await, 403);
    let file = daemons.file();
    let checked = daemons.site.retrovue(&["config", "check", "--config", file.to_str().unwrap()]).await.unwrap();
    let finding = checked.data().unwrap()["findings"][0].clone();
    assert_eq!((checked.code, &finding["line"], &finding["column"]), (4, &2.into(), &9.into()), "{finding}");

    daemons.read("").await;
    assert_eq!(daemons.status_of("/channels.m3u").await, 200);
    let status = daemons.core.terminate(SOON).await.unwrap();
    assert!(status.success(), "{status}");
    assert_eq!(daemons.systemd.told().await.trim_end(), "STOPPING=1");
}
