//! The gRPC face of Air: `retrovue.playout.v1`, with health and reflection beside it.

mod media;
mod playout;
mod status;
mod wire;

use std::sync::Arc;

use retrovue_proto::v1::media_service_server::MediaServiceServer;
use retrovue_proto::v1::playout_service_server::PlayoutServiceServer;
use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use crate::encoder::Choice;
use crate::engine::Engine;
use media::Media;
use playout::Playout;

/// Serves until `closing`, and until the requests that are open then are answered. Health says from `leaving` on that
/// nothing new is taken.
///
/// # Errors
/// Where reflection cannot be set up or the socket fails.
pub(crate) async fn serve(
    engine: Arc<Engine>,
    encoder: Choice,
    listener: UnixListener,
    leaving: CancellationToken,
    closing: CancellationToken,
) -> anyhow::Result<()> {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<PlayoutServiceServer<Playout>>().await;
    health.set_serving::<MediaServiceServer<Media>>().await;
    tokio::spawn(async move {
        leaving.cancelled_owned().await;
        health.set_not_serving::<PlayoutServiceServer<Playout>>().await;
        health.set_not_serving::<MediaServiceServer<Media>>().await;
    });
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(retrovue_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    Server::builder()
        .add_service(health_service)
        .add_service(reflection)
        .add_service(PlayoutServiceServer::new(Playout::new(engine, encoder)))
        .add_service(MediaServiceServer::new(Media::new(closing.clone())))
        .serve_with_incoming_shutdown(UnixListenerStream::new(listener), closing.cancelled_owned())
        .await?;
    Ok(())
}
