"""The weights that finding a face needs, and their terms."""

from __future__ import annotations

from bonaface.core.catalog import Source, Weights

LANDMARKS_68 = Weights(
    name="shape_predictor_68_face_landmarks.dat",
    sha256="fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
    megabytes=99.7,
    licence="iBUG 300-W terms (research only)",
    commercial=False,
    training_data="iBUG 300-W, 68 points",
    source=Source("Kazemi & Sullivan 2014; King 2009", "https://github.com/davisking/dlib-models"),
    package="face_recognition_models",
    path_in_package="models/shape_predictor_68_face_landmarks.dat",
)
NETWORK_DETECTOR = Weights(
    name="mmod_human_face_detector.dat",
    sha256="4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
    megabytes=0.7,
    licence="CC0-1.0",
    commercial=True,
    training_data="dlib's own selection from ImageNet, AFLW, Pascal VOC, VGG, WIDER and FaceScrub pictures",
    source=Source("King 2015, max-margin object detection", "https://arxiv.org/abs/1502.00046"),
    package="face_recognition_models",
    path_in_package="models/mmod_human_face_detector.dat",
)
CARDS = (LANDMARKS_68, NETWORK_DETECTOR)
