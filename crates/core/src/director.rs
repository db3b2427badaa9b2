//! ProgramDirector: everything that faces the network. Viewers come over HTTP and TCP, without a login; operators over
//! Core's Unix socket. It carries coded bytes from fan-outs to sockets, and makes none.

use std::net::IpAddr;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, head};
use retrovue_kit::MasterClock;

use crate::channels::Channels;
use crate::channels::air::AirClient;
use crate::failure::{Failure, Kind};
use crate::metrics::Metrics;
use allowed::Allowed;
pub use guide::Guide;
use hdhomerun::device::Device;
use reach::Reach;

pub mod allowed;
mod guide;
pub mod hdhomerun;
mod health;
mod line;
pub mod operators;
mod patience;
mod playlist;
pub mod reach;
pub mod server;
mod streams;

/// What viewers' pages and streams are made from. Cheap to clone.
#[derive(Clone)]
pub struct Director {
    /// The channels and their streams.
    pub channels: Channels,
    /// What guides show.
    pub guide: Guide,
    /// The one time.
    pub clock: MasterClock,
    /// For readiness.
    pub air: AirClient,
    /// For counting, and for Prometheus.
    pub metrics: Metrics,
    /// Networks that may watch.
    pub allow: Allowed,
    /// Where viewers reach this.
    pub reach: Reach,
    /// What media servers take this for.
    pub device: Device,
}

/// Whom a connection belongs to: every request carries it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Director {
    /// Everything that viewers and machines may ask for, over TCP.
    pub fn router(self) -> Router {
        let viewers = Router::new()
            .route("/", get(guide::page::page))
            .route("/guide.css", get(guide::page::style))
            .route("/icon.svg", get(guide::page::icon))
            .route("/channels.m3u", get(playlist::m3u))
            .route("/channel/{file}", head(streams::look).get(streams::watch))
            .route("/api/v1/guide", get(guide::json))
            .merge(hdhomerun::routes())
            .route_layer(middleware::from_fn_with_state(self.clone(), only_allowed));
        Router::new()
            .merge(viewers)
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/metrics", get(health::metrics))
            .fallback(nothing_here)
            .method_not_allowed_fallback(only_looking)
            .layer(middleware::map_response(harden))
            .with_state(self)
    }

    /// How many different channels can be watched at once, as media servers count them: none expects more than 255.
    async fn tuners(&self) -> u8 {
        u8::try_from(self.channels.tuners().await).unwrap_or(u8::MAX)
    }
}

async fn only_allowed(State(director): State<Director>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.to_canonical());
    if director.allow.lets(peer) {
        return next.run(request).await;
    }
    director.metrics.viewers_refused.inc();
    let failure = Failure::refused("network_not_allowed", "this network may not watch")
        .hint("viewers.allow lists the networks that may");
    failure.under(StatusCode::FORBIDDEN)
}

async fn nothing_here(request: Request) -> Failure {
    Failure::not_found("not_found", format!("there is nothing at {}", request.uri().path()))
        .hint("/ is the guide, /channels.m3u the list of channels")
}

async fn only_looking(request: Request) -> Response {
    let message = format!("{} is not for viewers: they GET and HEAD", request.method());
    Failure::new(Kind::Usage, "method_not_allowed", message).under(StatusCode::METHOD_NOT_ALLOWED)
}

/// What every answer carries: browsers take types as they are told, and run nothing.
async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
        ),
    );
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
