//! The address of a TS endpoint, and the connection to it.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// On one machine a connection takes no time; what takes longer hangs.
const CONNECT: Duration = Duration::from_secs(2);

/// Where Core waits for a session's TS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `unix:/path`
    Unix(PathBuf),
    /// `tcp:127.0.0.1:port`
    Tcp(SocketAddr),
}

/// What is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no endpoint for a TS; write unix:/path or tcp:127.0.0.1:port")]
pub(crate) struct InvalidEndpoint(String);

/// A connection that carries a session's TS.
#[derive(Debug)]
pub(crate) enum Link {
    /// On this machine.
    Unix(UnixStream),
    /// On loopback, where containers share no file system.
    Tcp(TcpStream),
}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidEndpoint(text.to_owned());
        match text.split_once(':').ok_or_else(invalid)? {
            ("unix", path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            ("tcp", address) => address.parse().map(Self::Tcp).map_err(|_| invalid()),
            _ => Err(invalid()),
        }
    }
}

impl Endpoint {
    /// Connects and says which session this is.
    ///
    /// # Errors
    /// Where nobody listens there.
    pub(crate) fn connect(&self, token: &[u8]) -> io::Result<Link> {
        let mut link = match self {
            Self::Unix(path) => Link::Unix(UnixStream::connect(path)?),
            Self::Tcp(address) => {
                let stream = TcpStream::connect_timeout(address, CONNECT)?;
                stream.set_nodelay(true)?;
                Link::Tcp(stream)
            }
        };
        link.set_write_timeout(CONNECT)?;
        link.write_all(token)?;
        Ok(link)
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}

impl Link {
    /// A blocked write returns after this long.
    pub(super) fn set_write_timeout(&self, timeout: Duration) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.set_write_timeout(Some(timeout)),
            Self::Tcp(stream) => stream.set_write_timeout(Some(timeout)),
        }
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
