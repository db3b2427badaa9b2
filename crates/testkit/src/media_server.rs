//! A media server that answers over HTTP as Jellyfin, Emby or Plex does, and fails as servers fail.
//!
//! Its answers are written from what is published of these APIs, no server was recorded: Jellyfin 10.8 to 12 (`SystemInfo`,
//! `VirtualFolderInfo`, `BaseItemDto` and `BaseItemDtoQueryResult` of its OpenAPI document, and what its own authorization
//! takes from version 12 on), Emby 4.8 (the same, of dev.emby.media, with `TagItems`), and Plex Media Server 1.41 (its
//! OpenAPI document 1.2.2: `/`, `/library/sections`, `/library/sections/{key}/all`).

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// What it speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "names of products")]
pub enum Speaks {
    Jellyfin,
    Emby,
    Plex,
}

/// A library.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Library {
    /// As programs call it.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// Whether it holds series.
    pub is_series: bool,
    /// The folder that it is made of.
    pub folder: String,
    /// What is in it.
    pub titles: Vec<Title>,
}

/// A film or an episode.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[expect(missing_docs, reason = "what they are called everywhere")]
pub struct Title {
    pub id: String,
    pub name: String,
    pub path: String,
    pub episode: Option<Episode>,
    pub year: Option<u32>,
    pub aired: Option<String>,
    pub rating: Option<String>,
    pub plot: Option<String>,
    pub genres: Vec<String>,
    pub tags: Vec<String>,
}

/// Where an episode stands.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[expect(missing_docs, reason = "what they are called everywhere")]
pub struct Episode {
    pub series: String,
    pub season: u32,
    pub number: u32,
    pub last: Option<u32>,
}

/// How it fails.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// With this status, and a page of HTML.
    Status(u16),
    /// With HTML that claims success.
    NotJson,
    /// With JSON that is something else.
    Else,
    /// With an answer that does not end.
    Endless,
    /// With no answer.
    Silent,
    /// With half of an answer, and a connection that ends.
    Cut,
    /// With another address.
    Redirect(String),
    /// With a total that is off by so many.
    Total(i64),
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The path and the query.
    pub uri: String,
    /// All headers.
    pub headers: HeaderMap,
}

#[derive(Debug)]
struct Shelf {
    speaks: Speaks,
    token: String,
    libraries: Vec<Library>,
    asked: Vec<Asked>,
    /// How it fails at the requests for items from this one on, and for how many.
    trouble: Option<(Trouble, usize, usize)>,
    pages: usize,
}

/// A running media server.
#[derive(Debug)]
pub struct MediaServer {
    address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
    runtime: Mutex<Option<Runtime>>,
}

impl MediaServer {
    /// Starts one on a free port of this machine. It answers whoever has the token.
    pub fn start(speaks: Speaks, token: &str) -> Self {
        let shelf = Shelf {
            speaks,
            token: token.to_owned(),
            libraries: Vec::new(),
            asked: Vec::new(),
            trouble: None,
            pages: 0,
        };
        let mut server =
            Self { address: ([127, 0, 0, 1], 0).into(), shelf: Arc::new(Mutex::new(shelf)), runtime: Mutex::new(None) };
        server.address = server.listen(server.address);
        server
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has from now on.
    pub fn has(&self, libraries: Vec<Library>) {
        self.with(|shelf| shelf.libraries = libraries);
    }

    /// Fails at the request for items after `after` others, and at those after it: `times` in all.
    pub fn fails(&self, trouble: Trouble, after: usize, times: usize) {
        self.with(|shelf| (shelf.trouble, shelf.pages) = (Some((trouble, after, times)), 0));
    }

    /// Takes another token from now on.
    pub fn takes(&self, token: &str) {
        self.with(|shelf| token.clone_into(&mut shelf.token));
    }

    /// The requests that came since this was asked last.
    pub fn asked(&self) -> Vec<Asked> {
        self.with(|shelf| std::mem::take(&mut shelf.asked))
    }

    /// Ends, and all connections with it.
    pub fn stop(&self) {
        if let Some(runtime) = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take() {
            runtime.shutdown_background();
        }
    }

    /// Starts again where it was.
    ///
    /// # Panics
    /// Where its port was taken meanwhile.
    pub fn go_on(&self) {
        self.listen(self.address);
    }

    fn listen(&self, address: SocketAddr) -> SocketAddr {
        // The port of one that was stopped is free a moment later.
        let bind = || std::net::TcpListener::bind(address);
        let listener = (0..500)
            .find_map(|_| bind().map_err(|_| std::thread::park_timeout(std::time::Duration::from_millis(10))).ok());
        let listener = listener.expect("the port is free");
        let address = listener.local_addr().expect("it has an address");
        listener.set_nonblocking(true).expect("it can wait");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a thread can be had");
        let router = Router::new().fallback(answer).with_state(self.shelf.clone());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it can be listened to");
            axum::serve(listener, router).await
        });
        *self.runtime.lock().unwrap_or_else(PoisonError::into_inner) = Some(runtime);
        address
    }

    fn with<T>(&self, work: impl FnOnce(&mut Shelf) -> T) -> T {
        work(&mut self.shelf.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for MediaServer {
    fn drop(&mut self) {
        self.stop();
    }
}

type Asks = HashMap<String, String>;

async fn answer(
    State(shelf): State<Arc<Mutex<Shelf>>>,
    uri: Uri,
    Query(query): Query<Asks>,
    headers: HeaderMap,
) -> Response {
    let (reply, trouble) = {
        let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.asked.push(Asked { uri: uri.to_string(), headers: headers.clone() });
        if !shelf.lets_in(&headers) {
            return (StatusCode::UNAUTHORIZED, "").into_response();
        }
        let trouble = shelf.trouble_with(uri.path(), &query);
        (shelf.reply(uri.path(), &query, trouble.as_ref()), trouble)
    };
    let Some(reply) = reply else { return (StatusCode::NOT_FOUND, "Not here").into_response() };
    let text = reply.to_string();
    let json = [(header::CONTENT_TYPE, "application/json")];
    let html = [(header::CONTENT_TYPE, "text/html")];
    match trouble {
        None | Some(Trouble::Total(_)) => (json, text).into_response(),
        Some(Trouble::Status(status)) => {
            (StatusCode::from_u16(status).unwrap_or_default(), html, "<html>No</html>").into_response()
        }
        Some(Trouble::NotJson) => (html, "<html>Welcome</html>").into_response(),
        Some(Trouble::Else) => (json, r#"{"Items": 7}"#).into_response(),
        Some(Trouble::Endless) => {
            let blanks = Bytes::from(vec![b' '; 1024 * 1024]);
            (json, Body::from_stream(stream::repeat(Ok::<_, Infallible>(blanks)))).into_response()
        }
        Some(Trouble::Silent) => std::future::pending().await,
        Some(Trouble::Cut) => {
            let half = Bytes::from(text.as_bytes()[..text.len() / 2].to_vec());
            let end = Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut"));
            (json, Body::from_stream(stream::iter([Ok(half), end]))).into_response()
        }
        Some(Trouble::Redirect(to)) => {
            (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, format!("{to}{uri}"))]).into_response()
        }
    }
}

impl Shelf {
    fn lets_in(&self, headers: &HeaderMap) -> bool {
        let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let token = &self.token;
        match self.speaks {
            // Version 12 takes nothing else any more.
            Speaks::Jellyfin => sent("authorization") == format!("MediaBrowser Token=\"{token}\""),
            Speaks::Emby => sent("x-emby-token") == *token,
            Speaks::Plex => sent("x-plex-token") == *token,
        }
    }

    fn trouble_with(&mut self, path: &str, query: &Asks) -> Option<Trouble> {
        let is_page = path == "/Items" || path.ends_with("/all");
        let asks_for_some =
            [query.get("Limit"), query.get("X-Plex-Container-Size")].iter().flatten().any(|n| *n != "0");
        if !is_page || !asks_for_some {
            return None;
        }
        let at = self.pages;
        self.pages += 1;
        let (trouble, after, times) = self.trouble.as_ref()?;
        (*after..after.saturating_add(*times)).contains(&at).then(|| trouble.clone())
    }

    fn reply(&self, path: &str, query: &Asks, trouble: Option<&Trouble>) -> Option<Value> {
        let number = |key: &str| query.get(key).and_then(|number| number.parse().ok());
        let off = match trouble {
            Some(Trouble::Total(off)) => *off,
            _ => 0,
        };
        match self.speaks {
            Speaks::Plex => self.plex(path, number, off),
            Speaks::Jellyfin | Speaks::Emby => match path {
                "/System/Info" => Some(json!({
                    "ServerName": "Den", "Version": if self.speaks == Speaks::Emby { "4.8.11.0" } else { "10.10.7" },
                    "Id": "f1e2d3c4b5a697887766554433221100", "OperatingSystem": "Linux", "HasPendingRestart": false,
                })),
                "/Library/VirtualFolders" => Some(self.libraries.iter().map(|library| json!({
                    "Name": library.name, "Locations": [library.folder], "ItemId": library.id,
                    "CollectionType": if library.is_series { "tvshows" } else { "movies" },
                    "LibraryOptions": {"Enabled": true}, "RefreshStatus": "Idle",
                })).chain([json!({"Name": "Music", "Locations": ["/data/music"], "ItemId": "m", "CollectionType": "music"})]).collect()),
                "/Items" => {
                    let library = self.libraries.iter().find(|library| query.get("ParentId") == Some(&library.id))?;
                    let titles = page(&library.titles, number("StartIndex"), number("Limit"));
                    let items: Vec<Value> = titles.iter().map(|title| self.dto(title)).collect();
                    let start = number("StartIndex").unwrap_or_default();
                    Some(json!({
                        "Items": items, "TotalRecordCount": total(&library.titles, off), "StartIndex": start,
                    }))
                }
                _ => None,
            },
        }
    }

    fn dto(&self, title: &Title) -> Value {
        let mut dto = json!({
            "Name": title.name, "ServerId": "f1e2d3c4b5a697887766554433221100", "Id": title.id, "Path": title.path,
            "Type": if title.episode.is_some() { "Episode" } else { "Movie" }, "MediaType": "Video", "IsFolder": false,
            "LocationType": if title.path.is_empty() { "Virtual" } else { "FileSystem" }, "VideoType": "VideoFile",
            "RunTimeTicks": 13_800_000_000_i64, "Genres": title.genres, "Container": "mkv",
        });
        if title.path.is_empty() {
            dto["Path"] = Value::Null;
        }
        if let Some(year) = title.year {
            dto["ProductionYear"] = year.into();
        }
        if let Some(aired) = &title.aired {
            dto["PremiereDate"] = format!("{aired}T00:00:00.0000000Z").into();
        }
        if let Some(rating) = &title.rating {
            dto["OfficialRating"] = rating.as_str().into();
        }
        if let Some(plot) = &title.plot {
            dto["Overview"] = plot.as_str().into();
        }
        match self.speaks {
            Speaks::Emby => dto["TagItems"] = title.tags.iter().map(|tag| json!({"Name": tag, "Id": 7})).collect(),
            _ => dto["Tags"] = title.tags.as_slice().into(),
        }
        if let Some(Episode { series, season, number, last }) = &title.episode {
            dto["SeriesName"] = series.as_str().into();
            dto["SeasonName"] = format!("Season {season}").into();
            dto["ParentIndexNumber"] = (*season).into();
            dto["IndexNumber"] = (*number).into();
            if let Some(last) = last {
                dto["IndexNumberEnd"] = (*last).into();
            }
        }
        dto
    }

    fn plex(&self, path: &str, number: impl Fn(&str) -> Option<usize>, off: i64) -> Option<Value> {
        if path == "/" {
            return Some(json!({"MediaContainer": {
                "size": 25, "friendlyName": "Den", "machineIdentifier": "62ad4ec510d34450a8d2a6ee04e195c515f65ddf",
                "platform": "Linux", "version": "1.41.3.9314-a0bfb8370",
            }}));
        }
        if path == "/library/sections" {
            let directories = self.libraries.iter().map(|library| {
                json!({
                    "key": library.id, "type": if library.is_series { "show" } else { "movie" }, "title": library.name,
                    "agent": "tv.plex.agents.movie", "scanner": "Plex Movie", "language": "en-US", "uuid": "e2b0",
                    "Location": [{"id": 1, "path": library.folder}],
                })
            });
            let music = json!({"key": "99", "type": "artist", "title": "Music", "Location": [{"id": 9, "path": "/data/music"}]});
            let directories: Vec<Value> = directories.chain([music]).collect();
            return Some(
                json!({"MediaContainer": {"size": directories.len(), "title1": "Plex Library", "Directory": directories}}),
            );
        }
        let key = path.strip_prefix("/library/sections/")?.strip_suffix("/all")?;
        let library = self.libraries.iter().find(|library| library.id == key)?;
        let wanted = if library.is_series { 4 } else { 1 };
        if number("type") != Some(wanted) {
            return None;
        }
        let (start, most) = (number("X-Plex-Container-Start"), number("X-Plex-Container-Size"));
        let titles = page(&library.titles, start, most);
        let mut container = json!({
            "size": titles.len(), "totalSize": total(&library.titles, off), "offset": start.unwrap_or_default(),
            "librarySectionTitle": library.name,
        });
        // An empty list is left out.
        if !titles.is_empty() {
            container["Metadata"] = titles.iter().map(metadata).collect();
        }
        Some(json!({ "MediaContainer": container }))
    }
}

fn metadata(title: &Title) -> Value {
    let mut entry = json!({
        "ratingKey": title.id, "key": format!("/library/metadata/{}", title.id), "guid": "plex://movie/5d77",
        "type": if title.episode.is_some() { "episode" } else { "movie" }, "title": title.name, "duration": 1_380_000,
        "addedAt": 1_600_000_000, "updatedAt": 1_600_000_001,
        "Media": [{"id": 1, "duration": 1_380_000, "videoCodec": "h264", "container": "mkv", "Part": [{
            "id": 11, "key": "/library/parts/11/1600000000/file.mkv", "duration": 1_380_000, "file": title.path, "size": 7,
        }]}],
    });
    let tags = |tags: &[String]| -> Value { tags.iter().map(|tag| json!({ "tag": tag })).collect() };
    if !title.genres.is_empty() {
        entry["Genre"] = tags(&title.genres);
    }
    if !title.tags.is_empty() {
        entry["Label"] = tags(&title.tags);
    }
    if let Some(year) = title.year {
        entry["year"] = year.into();
    }
    let texts = [("originallyAvailableAt", &title.aired), ("contentRating", &title.rating), ("summary", &title.plot)];
    for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
        entry[key] = text.as_str().into();
    }
    if let Some(Episode { series, season, number, .. }) = &title.episode {
        entry["grandparentTitle"] = series.as_str().into();
        entry["parentTitle"] = format!("Season {season}").into();
        entry["parentIndex"] = (*season).into();
        entry["index"] = (*number).into();
    }
    entry
}

fn page(titles: &[Title], start: Option<usize>, most: Option<usize>) -> &[Title] {
    let start = start.unwrap_or_default().min(titles.len());
    let end = most.map_or(titles.len(), |most| (start + most).min(titles.len()));
    &titles[start..end]
}

fn total(titles: &[Title], off: i64) -> i64 {
    titles.len() as i64 + off
}
