//! Core as an HDHomeRun, the network tuner that media servers know: they ask what it is and which channels it has, and
//! take streams from `/auto/v{number}`. What they add to addresses (`?transcode=heavy`) is passed over.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, head};
use axum::{Json, Router};
use serde::Serialize;

use super::{Director, playlist, streams};
use crate::failure::{Failure, Kind};

pub mod device;
pub mod discovery;
mod packet;
mod ssdp;

/// Clients compare these, as days, with the newest that they know.
const FIRMWARE: &str = "20250815";

pub(super) const ERROR: HeaderName = HeaderName::from_static("x-hdhomerun-error");

/// All that a tuner answers.
pub(super) fn routes() -> Router<Director> {
    let tuners = Router::new()
        .route("/auto/{number}", head(streams::look_by_number).get(streams::watch_by_number))
        .route_layer(map_response(in_tuners_words));
    Router::new()
        .merge(tuners)
        .route("/discover.json", get(discover))
        .route("/lineup.json", get(lineup))
        .route("/lineup.xml", get(lineup_xml))
        .route("/lineup.m3u", get(playlist::m3u))
        .route("/lineup_status.json", get(lineup_status))
        // there is nothing to scan for, and nothing that a favourite would change
        .route("/lineup.post", get(lineup_status).post(lineup_status))
        .route("/device.xml", get(description))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeviceView {
    friendly_name: String,
    model_number: String,
    firmware_name: &'static str,
    firmware_version: &'static str,
    #[serde(rename = "DeviceID")]
    device_id: String,
    device_auth: &'static str,
    #[serde(rename = "BaseURL")]
    base_url: String,
    #[serde(rename = "LineupURL")]
    lineup_url: String,
    tuner_count: u8,
}

/// `GET /discover.json`.
async fn discover(State(director): State<Director>, headers: HeaderMap) -> Response {
    let base = director.reach.asked(&headers);
    let device = &director.device;
    json(DeviceView {
        friendly_name: device.name.clone(),
        model_number: device.model.clone(),
        firmware_name: "hdhomerun5_atsc",
        firmware_version: FIRMWARE,
        device_id: device.id.to_string(),
        device_auth: device::AUTH,
        lineup_url: format!("{base}/lineup.json"),
        base_url: base,
        tuner_count: director.tuners().await,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProgramView {
    guide_number: String,
    guide_name: String,
    video_codec: &'static str,
    audio_codec: &'static str,
    #[serde(rename = "HD")]
    hd: u8,
    #[serde(rename = "URL")]
    url: String,
}

#[derive(Template)]
#[template(path = "lineup.xml")]
struct LineupPage {
    programs: Vec<ProgramView>,
}

fn programs(director: &Director, headers: &HeaderMap) -> Vec<ProgramView> {
    let base = director.reach.asked(headers);
    let channels = director.channels.all().into_iter().map(|channel| channel.info());
    let program = |channel: crate::channels::source::ChannelInfo| ProgramView {
        url: format!("{base}/auto/v{}", channel.number),
        guide_number: channel.number,
        guide_name: channel.name,
        video_codec: "H264",
        audio_codec: "AAC",
        hd: 1,
    };
    channels.map(program).collect()
}

/// `GET /lineup.json`: an empty list where there are no channels, which Plex takes for a scan that found nothing.
async fn lineup(State(director): State<Director>, headers: HeaderMap) -> Response {
    json(programs(&director, &headers))
}

/// `GET /lineup.xml`.
async fn lineup_xml(State(director): State<Director>, headers: HeaderMap) -> Result<Response, Failure> {
    xml(LineupPage { programs: programs(&director, &headers) })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusView {
    scan_in_progress: u8,
    scan_possible: u8,
    source: &'static str,
    source_list: [&'static str; 1],
}

/// `GET /lineup_status.json`: a scan is always possible, and already over.
async fn lineup_status() -> Response {
    json(StatusView { scan_in_progress: 0, scan_possible: 1, source: "Cable", source_list: ["Cable"] })
}

#[derive(Template)]
#[template(path = "device.xml")]
struct DescriptionPage<'a> {
    base: String,
    name: &'a str,
    model: &'a str,
    id: String,
    uuid: String,
}

/// `GET /device.xml`: for UPnP.
async fn description(State(director): State<Director>, headers: HeaderMap) -> Result<Response, Failure> {
    let device = &director.device;
    xml(DescriptionPage {
        base: director.reach.asked(&headers),
        name: &device.name,
        model: &device.model,
        id: device.id.to_string(),
        uuid: device.uuid.to_string(),
    })
}

fn json(body: impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, "no-cache")], Json(body)).into_response()
}

fn xml(page: impl Template) -> Result<Response, Failure> {
    let page = page.render().map_err(|error| Failure::new(Kind::Failed, "page_failed", error.to_string()))?;
    let headers = [(header::CONTENT_TYPE, "application/xml; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, page).into_response())
}

/// Tuners tell why there is no stream in a header.
async fn in_tuners_words(mut response: Response) -> Response {
    if response.status() == StatusCode::NOT_FOUND {
        response.headers_mut().insert(ERROR, HeaderValue::from_static("801 Unknown Channel"));
    }
    response
}
