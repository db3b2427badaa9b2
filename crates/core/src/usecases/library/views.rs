//! Sources and assets as the operator sees them.

use std::collections::BTreeMap;

use retrovue_store::library::{Asset, AssetState, Enriched, Field, Measured, Origin, PathMap, Place, Source, Stream};
use serde::Serialize;

use super::measured::{BreakView, ChapterView, LoudnessView, MeasuredView};
use super::uri::file_uri;
use crate::instants::rfc3339;

/// A source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceView {
    /// Its name.
    pub name: String,
    /// `folder`, `jellyfin`, `emby` or `plex`.
    pub kind: &'static str,
    /// A folder. Bytes that are not UTF-8 are shown as replacement characters.
    pub path: Option<String>,
    /// A folder as a `file://` URI, byte by byte.
    pub uri: Option<String>,
    /// Where a media server is.
    pub url: Option<String>,
    /// Which paths of a media server are which ones here.
    pub maps: Vec<PathMap>,
    /// What libraries of a media server are for, where the operator said it.
    pub library_kinds: BTreeMap<String, &'static str>,
    /// Whether what it holds waits for approval.
    pub review: bool,
    /// When it was added.
    pub created_utc: String,
    /// How many assets it has in each state.
    pub assets: BTreeMap<&'static str, u64>,
    /// How many of the ready ones were measured.
    pub measured: u64,
}

impl SourceView {
    pub(super) fn of(source: &Source, counts: &BTreeMap<AssetState, u64>, measured: u64) -> Self {
        let folder = match &source.place {
            Place::Folder(path) => Some(path),
            Place::Server(_) => None,
        };
        let server = source.place.server();
        let kinds = server.into_iter().flat_map(|server| &server.library_kinds);
        Self {
            kind: server.map_or("folder", |server| server.kind.word()),
            url: server.map(|server| server.url.clone()),
            maps: server.map(|server| server.maps.clone()).unwrap_or_default(),
            library_kinds: kinds.map(|(library, kind)| (library.clone(), kind.word())).collect(),
            name: source.name.clone(),
            path: folder.map(|path| path.to_string_lossy().into_owned()),
            uri: folder.map(|path| file_uri(path)),
            review: source.review,
            created_utc: rfc3339(source.created),
            assets: AssetState::ALL
                .into_iter()
                .map(|state| (state.word(), counts.get(&state).copied().unwrap_or_default()))
                .collect(),
            measured,
        }
    }
}

/// All sources.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceList {
    /// By name.
    pub sources: Vec<SourceView>,
}

/// An asset in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssetView {
    /// Stable.
    pub id: String,
    /// As shown in guides.
    pub title: String,
    /// What it is for.
    pub kind: &'static str,
    /// What sort of programme.
    pub r#type: &'static str,
    /// Where it is in its life.
    pub state: &'static str,
    /// Whether it may go on air.
    pub approved: bool,
    /// Its file, byte by byte.
    pub uri: String,
    /// Rounded down; none where it was not looked at.
    pub duration_ms: Option<i64>,
    /// The name of the source it belongs to.
    pub source: String,
    /// The series it belongs to.
    pub series: Option<String>,
    /// Season, 0 for specials.
    pub season: Option<u32>,
    /// Episode within the season.
    pub episode: Option<u32>,
    /// Year of first showing.
    pub year: Option<u32>,
    /// Why it cannot be played.
    pub fault: Option<FaultView>,
}

/// Why an asset cannot be played.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultView {
    /// Stable.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// A list of assets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssetList {
    /// By path, or in the order asked for.
    pub assets: Vec<AssetView>,
}

/// Everything known of an asset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssetDetail {
    /// As in a list.
    #[serde(flatten)]
    pub asset: AssetView,
    /// The top-level folder it lies in.
    pub collection: String,
    /// The last episode, where the file holds several.
    pub last_episode: Option<u32>,
    /// Day of first showing.
    pub aired: Option<String>,
    /// `Director's Cut`
    pub edition: Option<String>,
    /// In a few sentences.
    pub plot: Option<String>,
    /// As whoever tells them writes them.
    pub genres: Vec<String>,
    /// `PG-13`, …
    pub rating: Option<String>,
    /// Lower case.
    pub tags: Vec<String>,
    /// Its poster or still: a `file://` URI.
    pub artwork: Option<String>,
    /// Its backdrop: a `file://` URI.
    pub fanart: Option<String>,
    /// In order; none where the file's do not count.
    pub chapters: Vec<ChapterView>,
    /// Of the track that is played where no language is asked for; none where it was not measured, or does not count.
    pub loudness: Option<LoudnessView>,
    /// Where it could be interrupted, in order; null where nobody has looked for that.
    pub breaks: Option<Vec<BreakView>>,
    /// What reading all of the file told; none where that was not done.
    pub measured: Option<MeasuredView>,
    /// `video/x-matroska`, …
    pub container: Option<String>,
    /// In the container's order.
    pub streams: Vec<StreamView>,
    /// Bytes.
    pub size: u64,
    /// Per field that is no default, where it comes from.
    pub origins: BTreeMap<Field, Origin>,
    /// When it was first found.
    pub created_utc: String,
    /// When anything of this changed last.
    pub updated_utc: String,
}

/// One elementary stream. What does not apply is null.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "as in retrovue_store::library::Stream")]
pub struct StreamView {
    pub kind: String,
    pub codec: String,
    pub language: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// `30000/1001`
    pub frame_rate: Option<String>,
    pub interlaced: bool,
    pub hdr: Option<String>,
    pub channels: Option<u32>,
    pub sample_rate: Option<u32>,
}

impl From<&Asset> for AssetView {
    fn from(asset: &Asset) -> Self {
        let description = &asset.description;
        Self {
            id: asset.id.clone(),
            title: description.title.clone(),
            kind: description.kind.word(),
            r#type: description.media_type.word(),
            state: asset.state.word(),
            approved: asset.approved,
            uri: file_uri(&asset.path()),
            duration_ms: asset.media.as_ref().map(|media| media.duration_ns / 1_000_000),
            source: asset.source.clone(),
            series: description.series.clone(),
            season: description.season,
            episode: description.episode,
            year: description.year,
            fault: asset
                .fault
                .as_ref()
                .map(|fault| FaultView { code: fault.code.clone(), message: fault.message.clone() }),
        }
    }
}

impl FromIterator<Asset> for AssetList {
    fn from_iter<T: IntoIterator<Item = Asset>>(assets: T) -> Self {
        Self { assets: assets.into_iter().map(|asset| AssetView::from(&asset)).collect() }
    }
}

impl AssetDetail {
    pub(super) fn of(asset: Asset, measured: Option<Measured>, enriched: Enriched) -> Self {
        let view = AssetView::from(&asset);
        let beside = |path: Option<&String>| path.map(|path| file_uri(&asset.root.join(path)));
        let (artwork, fanart) = (beside(asset.description.artwork.as_ref()), beside(asset.description.fanart.as_ref()));
        let media = asset.media.unwrap_or_default();
        let measured = measured.map(MeasuredView::from);
        Self {
            asset: view,
            collection: asset.collection,
            last_episode: asset.description.last_episode,
            aired: asset.description.aired,
            edition: asset.description.edition,
            plot: asset.description.plot,
            genres: asset.description.genres,
            rating: asset.description.rating,
            tags: asset.description.tags,
            artwork,
            fanart,
            chapters: media.chapters.into_iter().filter(|_| enriched.has_chapters).map(ChapterView::from).collect(),
            loudness: measured.as_ref().filter(|_| enriched.has_loudness).and_then(MeasuredView::played).cloned(),
            breaks: enriched.breaks.map(|breaks| breaks.into_iter().map(BreakView::from).collect()),
            measured,
            container: Some(media.container).filter(|container| !container.is_empty()),
            streams: media.streams.into_iter().map(StreamView::from).collect(),
            size: asset.file.size,
            origins: asset.description.origins,
            created_utc: rfc3339(asset.created),
            updated_utc: rfc3339(asset.updated),
        }
    }
}

impl From<Stream> for StreamView {
    fn from(stream: Stream) -> Self {
        let known = |number: u32| Some(number).filter(|number| *number > 0);
        Self {
            kind: stream.kind,
            codec: stream.codec,
            language: Some(stream.language).filter(|language| !language.is_empty()),
            width: known(stream.width),
            height: known(stream.height),
            frame_rate: known(stream.frame_rate_num).map(|num| format!("{num}/{}", stream.frame_rate_den)),
            interlaced: stream.interlaced,
            hdr: Some(stream.hdr).filter(|hdr| !hdr.is_empty()),
            channels: known(stream.channels),
            sample_rate: known(stream.sample_rate),
        }
    }
}
