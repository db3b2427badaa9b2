//! `/channels.m3u`: all channels for players and media servers.

use std::fmt::Write;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Director, streams};
use crate::channels::source::ChannelInfo;
use crate::failure::{Failure, Kind};

/// `?channel=SLUG`: that one alone, as the guide's links hand it to players.
#[derive(Deserialize)]
pub(super) struct Wanted {
    channel: Option<String>,
}

/// `GET /channels.m3u`.
pub(super) async fn m3u(
    State(director): State<Director>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let kodi = agent.is_some_and(|agent| agent.contains("Kodi"));
    let Query(wanted) = wanted.map_err(|error| Failure::new(Kind::Usage, "usage", error.body_text()))?;
    let channels: Vec<_> = match &wanted.channel {
        None => director.channels.all().iter().map(|channel| channel.info()).collect(),
        Some(slug) => {
            let channel = director.channels.find(slug).ok_or_else(|| streams::not_found(slug))?;
            vec![channel.info()]
        }
    };
    let list = playlist(&channels, &director.reach.asked(&headers), kodi);
    let headers = [(header::CONTENT_TYPE, "audio/x-mpegurl; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, list).into_response())
}

/// Identity is `tvg-id` and `channel-id`; numbers and names may change under it.
fn playlist(channels: &[ChannelInfo], base: &str, kodi: bool) -> String {
    let mut list = "#EXTM3U\n".to_owned();
    for channel in channels {
        let (id, number, name) = (plain(&channel.id), plain(&channel.number), plain(&channel.name));
        let written = write!(
            list,
            "#EXTINF:-1 channel-id=\"{id}\" channel-number=\"{number}\" tvg-id=\"{id}\" tvg-chno=\"{number}\" \
             tvg-name=\"{name}\" group-title=\"RetroVue\",{name}\n{}{base}/channel/{}.ts\n",
            if kodi { "#KODIPROP:mimetype=video/mp2t\n" } else { "" },
            channel.slug,
        );
        written.expect("a string takes all");
    }
    list
}

/// M3U knows no escapes: what would end a value or a line becomes harmless.
fn plain(value: &str) -> String {
    value
        .chars()
        .map(|c| {
            if c == '"' {
                '\''
            } else if c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use retrovue_schedule::plan::ProgramFormat;

    use super::*;

    fn channel(number: &str, slug: &str, name: &str) -> ChannelInfo {
        let id = format!("id-{slug}");
        let (slug, number, name) = (slug.to_owned(), number.to_owned(), name.to_owned());
        ChannelInfo { id, slug, number, name, keep_warm: false, format: ProgramFormat::default() }
    }

    #[test]
    fn a_playlist_names_each_channel_and_where_it_is() {
        let channels = [channel("2", "classics", "Classics"), channel("10.1", "nasty", "a \"b\",\n#EXTM3U")];
        insta::assert_snapshot!(playlist(&channels, "http://tv.lan:8480", false), @r##"
        #EXTM3U
        #EXTINF:-1 channel-id="id-classics" channel-number="2" tvg-id="id-classics" tvg-chno="2" tvg-name="Classics" group-title="RetroVue",Classics
        http://tv.lan:8480/channel/classics.ts
        #EXTINF:-1 channel-id="id-nasty" channel-number="10.1" tvg-id="id-nasty" tvg-chno="10.1" tvg-name="a 'b', #EXTM3U" group-title="RetroVue",a 'b', #EXTM3U
        http://tv.lan:8480/channel/nasty.ts
        "##);
        assert!(playlist(&channels, "", true).contains("\n#KODIPROP:mimetype=video/mp2t\n/channel/nasty.ts\n"));
        assert_eq!(playlist(&[], "", false), "#EXTM3U\n");
    }
}
