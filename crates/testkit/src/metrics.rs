//! A daemon's metrics page, read as Prometheus reads it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use crate::http;

/// The values of a page, by their series as it writes them: `name{label="value"}`.
#[derive(Clone, PartialEq, Debug)]
pub struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    /// Asks for the page at `url`.
    ///
    /// # Errors
    /// Where nothing answers there, or no page of metrics.
    pub async fn fetch(url: &str) -> Result<Self> {
        let page = http::get(url).await.and_then(reqwest::Response::error_for_status);
        Self::read(&page.with_context(|| format!("no metrics at {url}"))?.text().await?)
    }

    /// Reads a page.
    ///
    /// # Errors
    /// Where a line is neither a comment nor a value.
    pub fn read(page: &str) -> Result<Self> {
        let lines = page.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let values = lines.map(|line| {
            let (series, value) = line.rsplit_once(' ').with_context(|| format!("no value in {line:?}"))?;
            Ok((series.to_owned(), value.parse().with_context(|| format!("no number in {line:?}"))?))
        });
        Ok(Self(values.collect::<Result<_>>()?))
    }

    /// The value of a series without labels; zero where it is not there.
    pub fn value(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(0.0)
    }

    /// The value of a channel's series; zero where it is not there.
    pub fn of_channel(&self, channel: &str, name: &str) -> f64 {
        self.value(&format!("{name}{{channel=\"{channel}\"}}"))
    }

    /// How many observations of a channel's histogram lie above `bound`, which is one of its buckets'.
    pub fn above(&self, channel: &str, name: &str, bound: &str) -> f64 {
        let within = self.value(&format!("{name}_bucket{{channel=\"{channel}\",le=\"{bound}\"}}"));
        self.of_channel(channel, &format!("{name}_count")) - within
    }

    /// The names of a channel's series.
    pub fn names_of(&self, channel: &str) -> Vec<&str> {
        let label = format!("channel=\"{channel}\"");
        let own =
            self.0.keys().filter_map(|series| series.split_once('{').filter(|(_, labels)| labels.contains(&label)));
        own.map(|(name, _)| name).collect()
    }
}
