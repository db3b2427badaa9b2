//! `/channel/{slug}.ts` and `/auto/v{number}`: a channel as an endless MPEG-TS. A viewer is an open socket, whose
//! [`Line`] it gets.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::line::Line;
use super::{Director, hdhomerun};
use crate::channels::{Channel, NO_ROOM};
use crate::failure::Failure;
use crate::instants::rfc9110;

type Asked = Result<Path<String>, PathRejection>;

const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "video/mp2t"),
    (header::CACHE_CONTROL, "no-store"),
    // nginx and its like hold a response back otherwise
    (HeaderName::from_static("x-accel-buffering"), "no"),
];

/// `HEAD`: what a viewer would get. Starts nothing, since clients ask this for every channel in a list.
pub(super) async fn look(State(director): State<Director>, file: Asked) -> Result<Response, Failure> {
    by_file(&director, file).map(|_| headers_only())
}

pub(super) async fn look_by_number(State(director): State<Director>, number: Asked) -> Result<Response, Failure> {
    by_number(&director, number).map(|_| headers_only())
}

/// The body's length is unknown, as it would be for `GET`; an empty body would be announced as 0 bytes.
fn headers_only() -> Response {
    (HEADERS, Body::from_stream(stream::empty::<Result<Bytes, Infallible>>())).into_response()
}

/// `GET`: the channel, from a keyframe on, for ever.
pub(super) async fn watch(
    State(director): State<Director>,
    Extension(line): Extension<Line>,
    file: Asked,
) -> Result<Response, Failure> {
    endless(&director, &line, &by_file(&director, file)?).await
}

pub(super) async fn watch_by_number(
    State(director): State<Director>,
    Extension(line): Extension<Line>,
    number: Asked,
) -> Result<Response, Failure> {
    endless(&director, &line, &by_number(&director, number)?).await
}

async fn endless(director: &Director, line: &Line, channel: &Arc<Channel>) -> Result<Response, Failure> {
    let viewing = match channel.tune_in().await {
        Err(failure) if failure.code == NO_ROOM => return Ok(all_tuners_in_use(failure)),
        viewing => viewing?,
    };
    line.hand_over(viewing);
    let headers = [(header::DATE, rfc9110(director.clock.now())), (header::CONNECTION, "close".to_owned())];
    Ok((headers, headers_only()).into_response())
}

/// What HomeRun devices answer, which media servers tell their users.
fn all_tuners_in_use(failure: Failure) -> Response {
    let headers = [(hdhomerun::ERROR, "805 All Tuners In Use"), (header::RETRY_AFTER, "10")];
    (headers, failure.under(StatusCode::SERVICE_UNAVAILABLE)).into_response()
}

fn by_file(director: &Director, file: Asked) -> Result<Arc<Channel>, Failure> {
    let file = file.map_or_else(|_| String::new(), |Path(file)| file);
    let slug = file.strip_suffix(".ts");
    slug.and_then(|slug| director.channels.find(slug)).ok_or_else(|| not_found(&file))
}

fn by_number(director: &Director, number: Asked) -> Result<Arc<Channel>, Failure> {
    let number = number.map_or_else(|_| String::new(), |Path(number)| number);
    let bare = number.strip_prefix('v');
    bare.and_then(|bare| director.channels.numbered(bare)).ok_or_else(|| not_found(&number))
}

pub(super) fn not_found(asked: &str) -> Failure {
    Failure::not_found("channel_not_found", format!("there is no channel {asked:?}"))
        .hint("/channels.m3u lists all channels with their addresses")
}
