//! A media server behind TLS, as a reverse proxy is in front of most.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use retrovue_testkit::daemon::Site;
use retrovue_testkit::media_server::{MediaServer, Speaks};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// For 127.0.0.1 until 2126; made for these tests, and of no use to anybody else.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/network/tls").join(name)
}

/// Takes TLS off and asks `server`, one request for each connection, for as long as the test runs.
fn proxy(server: SocketAddr) -> SocketAddr {
    let certificate = CertificateDer::from_pem_file(file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            // A client that trusts nobody here leaves in the middle.
            let _ = pass_on(StreamOwned::new(connection, client), server);
        }
    });
    address
}

fn pass_on(mut client: StreamOwned<ServerConnection, TcpStream>, server: SocketAddr) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    request.truncate(request.len() - 2);
    request.extend_from_slice(b"connection: close\r\n\r\n");
    let mut server = TcpStream::connect(server)?;
    server.write_all(&request)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    client.write_all(&answer)?;
    client.conn.send_close_notify();
    client.flush()
}

#[tokio::test]
async fn a_server_behind_tls_is_asked_where_the_system_trusts_it() {
    for is_trusted in [true, false] {
        let site = Site::new().unwrap();
        let site = if is_trusted { site.with("SSL_CERT_FILE", file("authority.pem").to_str().unwrap()) } else { site };
        let server = MediaServer::start(Speaks::Jellyfin, "t0ken");
        let address = proxy(server.url().strip_prefix("http://").unwrap().parse().unwrap());
        let key = site.home().join("key");
        std::fs::write(&key, "t0ken").unwrap();
        let _core = site.start_core().await.unwrap();
        let (url, key) = (format!("https://{address}"), key.to_str().unwrap());
        let add = ["source", "add", "den", "--kind", "jellyfin", "--url", &url, "--token-file", key];
        let answer = site.retrovue(&add).await.unwrap();
        if is_trusted {
            assert_eq!(answer.data().unwrap()["server"]["name"], "Den");
        } else {
            assert_eq!(answer.document["error"]["code"], "server_unreachable", "{answer:?}");
            assert!(answer.document["error"]["message"].as_str().unwrap().contains("certificate"), "{answer:?}");
            assert!(server.asked().is_empty(), "the token is told to nobody who is not trusted");
        }
    }
}
