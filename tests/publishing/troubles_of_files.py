"""What can be wrong with the pictures of a post that is due tomorrow."""

from __future__ import annotations

from sqlalchemy import update

from aipromote.assets import actions as assets
from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.assets.states import AssetType
from aipromote.content.models import ContentPiece
from aipromote.documents.content import MediaRef
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.models import ScheduledPost
from assets import pictures
from publishing.forecast_scene import (
    change,
    limited,
    tomorrow,
)
from publishing.scene import Scene

PNG = b"\x89PNG\r\n\x1a\n" + b"bread" * 20


async def a_picture(scene: Scene, content: bytes = PNG, mime_type: str = "image/png") -> Asset:
    async with scene.database.transaction(scene.startup.id) as session:
        return await assets.store(
            session,
            scene.startup.owner,
            organization_id=scene.startup.id,
            name="bread.png",
            content=content,
            mime_type=mime_type,
            type=AssetType.IMAGE,
        )


async def attach(scene: Scene, post: ScheduledPost, *pictures: Asset) -> None:
    refs = [MediaRef(asset_id=one.id) for one in pictures]
    await change(scene, update(ContentPiece).where(ContentPiece.id == post.content_piece_id).values(media_refs=refs))


async def without_a_picture(scene: Scene):
    post = await limited(scene, Platform.INSTAGRAM)
    picture = await a_picture(scene)
    return post, lambda: attach(scene, post, picture)


async def too_many_files(scene: Scene):
    post = await limited(scene, Platform.TWITTER)
    pictures = [await a_picture(scene, PNG + bytes([number])) for number in range(5)]
    await attach(scene, post, *pictures)
    return post, lambda: attach(scene, post, *pictures[:4])


async def a_file_that_is_gone(scene: Scene):
    post, picture = await tomorrow(scene), await a_picture(scene)
    await attach(scene, post, picture)
    path = storage.folder() / picture.storage_key
    path.unlink()

    async def repair() -> None:
        await a_picture(scene)

    return post, repair


async def a_file_that_was_overwritten(scene: Scene):
    post, picture = await tomorrow(scene), await a_picture(scene)
    await attach(scene, post, picture)
    path = storage.folder() / picture.storage_key
    path.write_bytes(PNG[:-1] + b"!")

    async def repair() -> None:
        path.write_bytes(PNG)

    return post, repair


async def a_file_that_was_cut_short(scene: Scene):
    post, picture = await tomorrow(scene), await a_picture(scene)
    await attach(scene, post, picture)
    path = storage.folder() / picture.storage_key
    path.write_bytes(PNG[:20])

    async def repair() -> None:
        path.write_bytes(PNG)

    return post, repair


async def a_file_of_another_type(scene: Scene):
    post, wrong = await tomorrow(scene), await a_picture(scene, b"GIF89a and so on")
    await attach(scene, post, wrong)
    right = await a_picture(scene)
    return post, lambda: attach(scene, post, right)


async def more_videos_than_a_post_may_have(scene: Scene):
    videos = [await a_picture(scene, pictures.video(padding=number), "video/mp4") for number in range(2)]
    post = await tomorrow(scene)
    await attach(scene, post, *videos)
    return post, lambda: attach(scene, post, videos[0])


async def a_picture_that_cannot_be_made_to_fit(scene: Scene):
    """Its pixels are known, so it is to be made to fit; and then it cannot be opened."""
    post, broken = await tomorrow(scene), await a_picture(scene)
    await change(scene, update(Asset).where(Asset.id == broken.id).values(width=8, height=8))
    await attach(scene, post, broken)
    right = await a_picture(scene, pictures.picture())
    return post, lambda: attach(scene, post, right)
