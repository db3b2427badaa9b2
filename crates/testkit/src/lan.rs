//! A local network of two machines, made of the kernel's namespaces: what is broadcast there stays there.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::wait::wait_for;

/// Longer than the kernel takes for anything here.
const SOON: Duration = Duration::from_secs(20);

/// What every machine has, and no other process sees.
const LINK: &str = "lan0";

/// Two machines with a cable between them.
#[derive(Debug)]
pub struct Lan {
    /// 10.83.0.1
    pub station: Machine,
    /// 10.83.0.2
    pub guest: Machine,
}

/// A machine, as far as its network goes. It ends with this.
#[derive(Debug)]
pub struct Machine {
    /// The namespace lives while somebody is in it.
    holder: Child,
}

impl Lan {
    /// Both machines, connected.
    ///
    /// # Errors
    /// Without root's rights, and where `ip` or `unshare` is missing.
    pub async fn new() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            bail!("a network of its own can be made by root only: run this test as root");
        }
        let (station, guest) = (Machine::new().await?, Machine::new().await?);
        let (one, other) = (station.pid(), guest.pid());
        run("ip", &["link", "add", LINK, "netns", &one, "type", "veth", "peer", "name", LINK, "netns", &other])?;
        station.connect("10.83.0.1/24")?;
        guest.connect("10.83.0.2/24")?;
        // until a second after it was plugged in, the kernel drops what goes over a cable
        let carries =
            |machine: &Machine| machine.ip(&["link", "show", LINK]).is_ok_and(|shown| shown.contains("state UP"));
        let both = async || (carries(&station) && carries(&guest)).then_some(());
        wait_for("a cable", SOON, both).await?;
        Ok(Self { station, guest })
    }
}

impl Machine {
    async fn new() -> Result<Self> {
        let mut unshare = Command::new("unshare");
        unshare.args(["--net", "sleep", "infinity"]).stdin(Stdio::null()).stdout(Stdio::null());
        let holder = unshare.spawn().context("this test needs unshare; install it with: apt-get install util-linux")?;
        let machine = Self { holder };
        let ours = fs::read_link("/proc/self/ns/net")?;
        let moved = async || fs::read_link(machine.namespace()).ok().filter(|theirs| *theirs != ours);
        wait_for("a network namespace", SOON, moved).await?;
        Ok(machine)
    }

    /// From now on this thread, and what it starts, is on this machine. Sockets stay where they were opened.
    ///
    /// # Errors
    /// Where the machine has ended.
    pub fn enter(&self) -> Result<()> {
        let namespace = File::open(self.namespace()).context("the machine has ended")?;
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).context("it cannot be entered")
    }

    fn connect(&self, address: &str) -> Result<()> {
        self.ip(&["address", "add", address, "dev", LINK])?;
        self.ip(&["link", "set", "lo", "up"])?;
        self.ip(&["link", "set", LINK, "up"])?;
        Ok(())
    }

    fn ip(&self, arguments: &[&str]) -> Result<String> {
        run("nsenter", &[&["--target", &self.pid(), "--net", "ip"], arguments].concat())
    }

    fn pid(&self) -> String {
        self.holder.id().to_string()
    }

    fn namespace(&self) -> String {
        format!("/proc/{}/ns/net", self.pid())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output();
    let output =
        output.with_context(|| format!("this test needs {program}; install it with: apt-get install iproute2"))?;
    if !output.status.success() {
        bail!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
