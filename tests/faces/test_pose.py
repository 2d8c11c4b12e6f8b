import cv2
import numpy as np
import pytest

from bonaface.faces.pose import _MODEL, _POINTS, head_pose


def seen(yaw=0.0, pitch=0.0, roll=0.0):
    """Landmarks of the average head, turned towards the picture's right, up, and clockwise, without perspective."""
    y, p, r = np.radians([yaw, pitch, roll])
    # x to the right, y down, z towards the viewer.
    turn = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    nod = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    landmarks = np.zeros((68, 2))
    landmarks[list(_POINTS)] = (3 * _MODEL @ (tilt @ nod @ turn).T)[:, :2] + (200, 150)
    return landmarks


@pytest.mark.parametrize("angle", [-40, -10, 0, 25])
def test_each_angle_of_a_known_head(angle):
    assert head_pose(seen(yaw=angle)) == pytest.approx((angle, 0, 0), abs=1e-6)
    assert head_pose(seen(pitch=angle)) == pytest.approx((0, angle, 0), abs=1e-6)
    assert head_pose(seen(roll=angle)) == pytest.approx((0, 0, angle), abs=1e-6)


def test_the_nose_points_where_the_signs_say():
    def nose(landmarks):
        return landmarks[30] - landmarks[[36, 45, 48, 54]].mean(axis=0)

    assert nose(seen(yaw=20))[0] > nose(seen())[0]
    assert nose(seen(pitch=20))[1] < nose(seen())[1]


def test_points_in_one_place_have_no_pose():
    assert head_pose(np.zeros((68, 2))) is None


def test_mirrored_faces_look_the_other_way(data, locator, read):
    files = sorted((data / "ffhq10").glob("*.png"))
    yaws = []
    for file in files:
        pixels = read(file, 512)
        mirrored = np.ascontiguousarray(pixels[:, ::-1])
        yaws.append([locator.faces(each)[0].pose[0] for each in (pixels, mirrored)])
    yaws = np.array(yaws)
    turned = np.abs(yaws).min(axis=1) > 5
    assert turned.sum() >= 5
    assert (yaws[turned, 0] * yaws[turned, 1] < 0).all()
    # Landmarks of a mirrored picture are not quite mirrored; "rough, about ten degrees".
    assert np.abs(yaws.sum(axis=1)).max() < 15


def test_rotated_pictures_roll_by_as_much(data, locator, read):
    for file in sorted((data / "ffhq10").glob("*.png"))[:5]:
        pixels = read(file, 512)
        clockwise = cv2.warpAffine(pixels, cv2.getRotationMatrix2D((256, 256), -15, 1), (512, 512))
        before, after = (locator.faces(each)[0].pose[2] for each in (pixels, clockwise))
        assert after - before == pytest.approx(15, abs=3)
