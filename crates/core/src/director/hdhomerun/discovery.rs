//! Being found: media servers ask the local network for tuners, by HDHomeRun's own protocol and by SSDP, and are
//! answered.
//!
//! Datagrams need no login and lie about where they come from. So only private addresses are answered, of those that may
//! watch, a few times a second, in a few hundred bytes.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use if_addrs::{IfAddr, get_if_addrs};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::packet::{Request, reply};
use super::ssdp::{self, GROUP, Target};
use crate::director::Director;

/// Where HDHomeRuns are asked for.
const PORT: u16 = 65001;

/// A port that was taken is tried again after this long.
const RETRY: Duration = Duration::from_secs(30);

/// How often it is looked which networks there are: machines move, cables are plugged in late.
const LOOK: Duration = Duration::from_secs(30);

/// A network that is new hears of the device so often, [`LOOK`] apart, for datagrams get lost.
const AT_FIRST: u32 = 3;

/// Longer than any request.
const DATAGRAM: usize = 2048;

/// Answers requests of HDHomeRun's protocol until `ended`.
pub async fn answer_requests(director: Director, ended: CancellationToken) {
    let answering = async {
        let open = || bind(PORT, false);
        let socket = opened("HDHomeRun's own discovery", PORT, open).await;
        answer(director, socket).await;
    };
    ended.run_until_cancelled(answering).await;
}

/// Answers what comes to `socket`, for ever.
pub async fn answer(director: Director, socket: UdpSocket) {
    let mut door = Door::new(director, "hdhomerun");
    let mut datagram = [0; DATAGRAM];
    loop {
        let (length, peer) = receive(&socket, &mut datagram).await;
        match Request::parse(&datagram[..length]) {
            None => door.count("malformed"),
            Some(request) if !request.means(&door.director.device) => door.count("other"),
            Some(_) => {
                if let Some(base) = door.base_for(peer.ip(), Instant::now()) {
                    let packet = reply(&door.director.device, door.director.tuners().await, &base);
                    send(&socket, &packet, peer).await;
                }
            }
        }
    }
}

/// Announces the device by SSDP and answers searches until `ended`, and says good-bye then.
pub async fn announce(director: Director, ended: CancellationToken) {
    let open = || bind(ssdp::PORT, true);
    let opening = opened("SSDP", ssdp::PORT, open);
    let Some(socket) = ended.run_until_cancelled(opening).await else { return };
    let mut networks = Networks { director: director.clone(), socket: &socket, announced: BTreeMap::new() };
    let mut door = Door::new(director, "ssdp");
    let mut datagram = [0; DATAGRAM];
    let mut look = tokio::time::interval(LOOK);
    loop {
        let (length, peer) = tokio::select! {
            () = ended.cancelled() => break,
            now = look.tick() => {
                networks.tend(now).await;
                continue;
            }
            received = receive(&socket, &mut datagram) => received,
        };
        let Some(searched) = ssdp::search(&datagram[..length]) else { continue };
        let uuid = door.director.device.uuid;
        let found = ssdp::found(searched, uuid);
        if found.is_empty() {
            door.count("other");
        } else if let Some(base) = door.base_for(peer.ip(), Instant::now()) {
            for target in found {
                send(&socket, ssdp::answer(target, uuid, &base).as_bytes(), peer).await;
            }
        }
    }
    networks.leave().await;
}

/// Who is answered.
struct Door {
    director: Director,
    protocol: &'static str,
    budget: Budget,
}

impl Door {
    fn new(director: Director, protocol: &'static str) -> Self {
        Self { director, protocol, budget: Budget::full(Instant::now()) }
    }

    /// Where `peer` is to look for Core; none where it is not to be answered.
    fn base_for(&mut self, peer: IpAddr, now: Instant) -> Option<String> {
        let known = is_local(peer) && self.director.allow.lets(Some(peer));
        let here = if known { seen_by(peer).ok() } else { None };
        let base = here.and_then(|here| self.director.reach.at(here));
        let result = match &base {
            None => "refused",
            Some(_) if !self.budget.take(now) => "limited",
            Some(_) => "answered",
        };
        self.count(result);
        base.filter(|_| result == "answered")
    }

    fn count(&self, result: &'static str) {
        self.director.metrics.probed(self.protocol, result);
    }
}

/// How many answers may still be sent: each spends one, and they grow again with time.
struct Budget {
    left: f64,
    at: Instant,
}

impl Budget {
    /// A client asks a few times, by each of its interfaces.
    const AT_ONCE: f64 = 60.0;
    const A_SECOND: f64 = 20.0;

    fn full(now: Instant) -> Self {
        Self { left: Self::AT_ONCE, at: now }
    }

    fn take(&mut self, now: Instant) -> bool {
        let grown = self.left + now.saturating_duration_since(self.at).as_secs_f64() * Self::A_SECOND;
        (self.left, self.at) = (grown.min(Self::AT_ONCE), now);
        let is_enough = self.left >= 1.0;
        if is_enough {
            self.left -= 1.0;
        }
        is_enough
    }
}

/// Addresses that are not routed on the internet.
fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            // RFC 6598: providers' and overlay networks' own
            let is_shared = matches!(address.octets(), [100, 64..=127, ..]);
            address.is_private() || address.is_link_local() || address.is_loopback() || is_shared
        }
        IpAddr::V6(_) => false,
    }
}

/// This machine's address as `peer` sees it: the one that the kernel would send from. Nothing is sent.
fn seen_by(peer: IpAddr) -> io::Result<IpAddr> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect((peer, PORT))?;
    Ok(socket.local_addr()?.ip())
}

/// The networks that the device is announced in, each by this machine's address there.
struct Networks<'a> {
    director: Director,
    socket: &'a UdpSocket,
    /// How often so far, and when last.
    announced: BTreeMap<Ipv4Addr, (u32, Instant)>,
}

impl Networks<'_> {
    /// Joins the networks that are new, and announces where it is time.
    async fn tend(&mut self, now: Instant) {
        let here = addresses();
        self.announced.retain(|address, _| here.contains(address));
        for address in here {
            let Some(base) = self.director.reach.at(address.into()) else { continue };
            // one that went and came back is out of the group; one that stayed is told so, which is as good
            let _ = self.socket.join_multicast_v4(GROUP, address);
            let (times, last) = self.announced.get(&address).copied().unwrap_or((0, now));
            if times < AT_FIRST || now.saturating_duration_since(last) >= ssdp::REPEAT {
                self.announced.insert(address, (times.saturating_add(1), now));
                let uuid = self.director.device.uuid;
                self.tell(address, |target| ssdp::alive(target, uuid, &base)).await;
            }
        }
    }

    async fn leave(&self) {
        let uuid = self.director.device.uuid;
        for address in self.announced.keys() {
            self.tell(*address, |target| ssdp::byebye(target, uuid)).await;
        }
    }

    async fn tell(&self, address: Ipv4Addr, message: impl Fn(Target) -> String) {
        if let Err(error) = SockRef::from(self.socket).set_multicast_if_v4(&address) {
            return tracing::debug!(%address, %error, "a network is gone");
        }
        for target in Target::ALL {
            send(self.socket, message(target).as_bytes(), (GROUP, ssdp::PORT).into()).await;
        }
    }
}

/// This machine's addresses in local networks.
fn addresses() -> Vec<Ipv4Addr> {
    let interfaces = get_if_addrs().unwrap_or_else(|error| {
        tracing::debug!(%error, "networks cannot be listed");
        Vec::new()
    });
    let address = |interface: if_addrs::Interface| match interface.addr {
        IfAddr::V4(v4) if is_local(v4.ip.into()) && !v4.ip.is_loopback() => Some(v4.ip),
        _ => None,
    };
    interfaces.into_iter().filter_map(address).collect()
}

/// The socket that `open` opens; where it cannot yet, that is told once.
async fn opened(what: &str, port: u16, open: impl Fn() -> io::Result<UdpSocket>) -> UdpSocket {
    let mut told = false;
    loop {
        match open() {
            Ok(socket) => {
                tracing::info!("media servers find Core by {what}, on UDP port {port}");
                return socket;
            }
            Err(error) if told => tracing::debug!(%error, port, "the port is still taken"),
            Err(error) => tracing::warn!(
                %error,
                "media servers do not find Core by {what}: UDP port {port} cannot be had; end the program that has it, or \
                 type Core's address into the media server and set hdhomerun.discovery to off"
            ),
        }
        told = true;
        tokio::time::sleep(RETRY).await;
    }
}

/// `shared` is for ports that every program on the machine listens on.
fn bind(port: u16, shared: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(shared)?;
    socket.set_nonblocking(true)?;
    // through one router at most, should one pass it on
    socket.set_multicast_ttl_v4(2)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into())?;
    UdpSocket::from_std(socket.into())
}

async fn receive(socket: &UdpSocket, datagram: &mut [u8]) -> (usize, SocketAddr) {
    loop {
        match socket.recv_from(datagram).await {
            Ok(received) => return received,
            Err(error) => {
                tracing::debug!(%error, "a datagram could not be received");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn send(socket: &UdpSocket, datagram: &[u8], to: SocketAddr) {
    if let Err(error) = socket.send_to(datagram, to).await {
        tracing::debug!(%to, %error, "a datagram could not be sent");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_networks_are_answered() {
        for local in
            ["10.1.2.3", "172.16.0.1", "192.168.1.9", "169.254.7.7", "127.0.0.1", "100.100.1.1", "::ffff:10.0.0.1"]
        {
            assert!(is_local(local.parse().unwrap()), "{local}");
        }
        for other in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "239.255.255.250", "255.255.255.255", "0.0.0.0", "2001:db8::1"]
        {
            assert!(!is_local(other.parse().unwrap()), "{other}");
        }
    }

    #[tokio::test]
    async fn who_asks_on_and_on_is_answered_now_and_then() {
        let start = Instant::now();
        let mut budget = Budget::full(start);
        let mut answers = |from_ms: u64, to_ms: u64| {
            (from_ms..to_ms).filter(|ms| budget.take(start + Duration::from_millis(*ms))).count()
        };
        assert_eq!(answers(0, 60), 60);
        assert_eq!(answers(60, 1060), 21);
        assert_eq!(answers(60_000, 60_200), 63);
    }

    #[test]
    fn a_machine_knows_how_its_neighbours_see_it() {
        assert_eq!(seen_by([127, 0, 0, 1].into()).unwrap(), IpAddr::from([127, 0, 0, 1]));
    }
}
