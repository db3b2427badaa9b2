//! SSDP, by which UPnP devices find each other: HTTP's heads in datagrams. (UPnP Device Architecture 1.0, chapter 1.)

use uuid::Uuid;

/// The group that searches and announcements go to.
pub(super) const GROUP: std::net::Ipv4Addr = std::net::Ipv4Addr::new(239, 255, 255, 250);

/// Its port.
pub(super) const PORT: u16 = 1900;

/// How long an announcement holds, in seconds.
const MAX_AGE: u64 = 1800;

/// How often it is made: half of that, so that one may be lost.
pub(super) const REPEAT: std::time::Duration = std::time::Duration::from_secs(MAX_AGE / 2);

const SERVER: &str = concat!("Linux UPnP/1.0 RetroVue/", env!("CARGO_PKG_VERSION"));

/// What a device is announced as: each is looked for on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Root,
    Device,
    MediaServer,
}

impl Target {
    pub(super) const ALL: [Self; 3] = [Self::Root, Self::Device, Self::MediaServer];

    fn name(self, uuid: Uuid) -> String {
        match self {
            Self::Root => "upnp:rootdevice".to_owned(),
            Self::Device => format!("uuid:{uuid}"),
            Self::MediaServer => "urn:schemas-upnp-org:device:MediaServer:1".to_owned(),
        }
    }

    /// `USN`: the name of this target of this device.
    fn unique(self, uuid: Uuid) -> String {
        match self {
            Self::Device => self.name(uuid),
            _ => format!("uuid:{uuid}::{}", self.name(uuid)),
        }
    }
}

/// What a datagram searches for: its `ST`. None where it is no search.
pub(super) fn search(datagram: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(datagram).ok()?;
    let mut lines = text.split("\r\n");
    if lines.next()? != "M-SEARCH * HTTP/1.1" {
        return None;
    }
    let (mut discovers, mut target) = (false, None);
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        match name.trim().to_ascii_uppercase().as_str() {
            "MAN" => discovers = value.trim().trim_matches('"') == "ssdp:discover",
            "ST" => target = Some(value.trim()),
            _ => {}
        }
    }
    target.filter(|_| discovers)
}

/// What of the device `uuid` a search for `target` finds.
pub(super) fn found(target: &str, uuid: Uuid) -> Vec<Target> {
    Target::ALL.into_iter().filter(|one| target == "ssdp:all" || target == one.name(uuid)).collect()
}

/// The answer to a search.
pub(super) fn answer(target: Target, uuid: Uuid, base: &str) -> String {
    let (name, unique) = (target.name(uuid), target.unique(uuid));
    format!(
        "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age={MAX_AGE}\r\nEXT:\r\nLOCATION: {base}/device.xml\r\n\
         SERVER: {SERVER}\r\nST: {name}\r\nUSN: {unique}\r\n\r\n"
    )
}

/// The device is here.
pub(super) fn alive(target: Target, uuid: Uuid, base: &str) -> String {
    let (name, unique) = (target.name(uuid), target.unique(uuid));
    format!(
        "NOTIFY * HTTP/1.1\r\nHOST: {GROUP}:{PORT}\r\nCACHE-CONTROL: max-age={MAX_AGE}\r\n\
         LOCATION: {base}/device.xml\r\nNT: {name}\r\nNTS: ssdp:alive\r\nSERVER: {SERVER}\r\nUSN: {unique}\r\n\r\n"
    )
}

/// The device is gone.
pub(super) fn byebye(target: Target, uuid: Uuid) -> String {
    let (name, unique) = (target.name(uuid), target.unique(uuid));
    format!("NOTIFY * HTTP/1.1\r\nHOST: {GROUP}:{PORT}\r\nNT: {name}\r\nNTS: ssdp:byebye\r\nUSN: {unique}\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UUID: Uuid = Uuid::from_u128(0x8d0b_5c1e_0000_4000_8000_0000_0000_0001);

    #[test]
    fn searches_are_told_from_all_else() {
        let plex = "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 3\r\n\
                    ST: urn:schemas-upnp-org:device:MediaServer:1\r\n\r\n";
        assert_eq!(search(plex.as_bytes()), Some("urn:schemas-upnp-org:device:MediaServer:1"));
        let bare = "M-SEARCH * HTTP/1.1\r\nst:ssdp:all\r\nman:ssdp:discover\r\nUSER-AGENT: a:b:c\r\n\r\n";
        assert_eq!(search(bare.as_bytes()), Some("ssdp:all"));
        for other in [
            "",
            "M-SEARCH * HTTP/1.1",
            "M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n",
            "M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\n\r\n",
            "M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:update\"\r\nST: ssdp:all\r\n\r\n",
            "M-SEARCH * HTTP/1.1\r\nno header\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n",
            "NOTIFY * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n",
        ] {
            assert_eq!(search(other.as_bytes()), None, "{other:?}");
        }
    }

    #[test]
    fn a_search_finds_what_it_names() {
        let cases = [
            ("ssdp:all", &Target::ALL[..]),
            ("upnp:rootdevice", &[Target::Root]),
            ("urn:schemas-upnp-org:device:MediaServer:1", &[Target::MediaServer]),
            ("uuid:8d0b5c1e-0000-4000-8000-000000000001", &[Target::Device]),
            ("uuid:8d0b5c1e-0000-4000-8000-000000000002", &[]),
            ("urn:schemas-upnp-org:device:MediaRenderer:1", &[]),
        ];
        for (target, expected) in cases {
            assert_eq!(found(target, UUID), expected, "{target}");
        }
    }

    #[test]
    fn messages_are_heads_of_http() {
        let base = "http://10.0.0.2:8480";
        let shown = |message: String| message.replace(SERVER, "us").replace("\r\n", "\n");
        insta::assert_snapshot!(shown(answer(Target::Root, UUID, base)), @r"
        HTTP/1.1 200 OK
        CACHE-CONTROL: max-age=1800
        EXT:
        LOCATION: http://10.0.0.2:8480/device.xml
        SERVER: us
        ST: upnp:rootdevice
        USN: uuid:8d0b5c1e-0000-4000-8000-000000000001::upnp:rootdevice
        ");
        insta::assert_snapshot!(shown(alive(Target::Device, UUID, base)), @r"
        NOTIFY * HTTP/1.1
        HOST: 239.255.255.250:1900
        CACHE-CONTROL: max-age=1800
        LOCATION: http://10.0.0.2:8480/device.xml
        NT: uuid:8d0b5c1e-0000-4000-8000-000000000001
        NTS: ssdp:alive
        SERVER: us
        USN: uuid:8d0b5c1e-0000-4000-8000-000000000001
        ");
        insta::assert_snapshot!(shown(byebye(Target::MediaServer, UUID)), @r"
        NOTIFY * HTTP/1.1
        HOST: 239.255.255.250:1900
        NT: urn:schemas-upnp-org:device:MediaServer:1
        NTS: ssdp:byebye
        USN: uuid:8d0b5c1e-0000-4000-8000-000000000001::urn:schemas-upnp-org:device:MediaServer:1
        ");
        for whole in [answer(Target::Root, UUID, base), alive(Target::Root, UUID, base), byebye(Target::Root, UUID)] {
            assert!(whole.ends_with("\r\n\r\n"), "{whole:?}");
        }
    }

    proptest! {
        #[test]
        fn anything_may_come(datagram in prop::collection::vec(any::<u8>(), 0..200), text in "(M-SEARCH \\* HTTP/1.1\r\n)?\\PC{0,200}") {
            prop_assert_eq!(search(&datagram), None);
            let _ = search(text.as_bytes());
        }
    }
}
