// The scenario of ../README.md with the AWS SDK for JavaScript v3.

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const sdk = require("@aws-sdk/client-rekognition");

const client = new sdk.RekognitionClient({});

/** Shows what came of a call and returns the reply. */
async function step(name, call) {
  let reply;
  try {
    reply = await call();
  } catch (error) {
    if (!(error instanceof sdk.RekognitionServiceException)) throw error;
    reply = { Error: { Class: error.constructor.name, Code: error.name, Message: error.message } };
  }
  console.log(JSON.stringify({ [name]: reply }));
  return reply;
}

const send = (name, Command, input) => step(name, () => client.send(new Command(input)));

/** Collects a member of all pages. The paginator keeps its place in the input, so that gets a copy. */
const paged = (name, paginate, member, pageSize, input) =>
  step(name, async () => {
    const pages = [];
    for await (const page of paginate({ client, pageSize }, { ...input })) pages.push(page);
    return { Pages: pages.length, [member]: pages.flatMap((page) => page[member]) };
  });

async function scenario(folder, collection, bucket) {
  const here = { CollectionId: collection };
  const photo = (name) => ({ Bytes: readFileSync(join(folder, name)) });
  const index = async (name) => {
    const reply = await send(`index ${name}`, sdk.IndexFacesCommand, {
      ...here, Image: photo(name), ExternalImageId: name, MaxFaces: 1,
    });
    return reply.FaceRecords[0].Face.FaceId;
  };

  await send("create", sdk.CreateCollectionCommand, { ...here, Tags: { team: "Köln" } });
  await send("create again", sdk.CreateCollectionCommand, here);
  const described = await send("describe", sdk.DescribeCollectionCommand, here);
  await send("tags", sdk.ListTagsForResourceCommand, { ResourceArn: described.CollectionARN });
  const [first, second, other] = [await index("first.jpg"), await index("second.jpg"), await index("other.jpg")];
  await paged("list faces", sdk.paginateListFaces, "Faces", 2, here);
  await send("search by face", sdk.SearchFacesCommand, { ...here, FaceId: first });
  await send("search by image", sdk.SearchFacesByImageCommand, { ...here, Image: photo("third.jpg"), MaxFaces: 5 });

  await send("create user", sdk.CreateUserCommand, { ...here, UserId: "user-1" });
  await send("create user again", sdk.CreateUserCommand, { ...here, UserId: "user-1" });
  await send("create another user", sdk.CreateUserCommand, { ...here, UserId: "user-2" });
  await send("associate", sdk.AssociateFacesCommand, {
    ...here, UserId: "user-1", FaceIds: [first, second], UserMatchThreshold: 60,
  });
  await paged("list users", sdk.paginateListUsers, "Users", 1, here);
  await send("list faces of a user", sdk.ListFacesCommand, { ...here, UserId: "user-1" });
  await send("search users by face", sdk.SearchUsersCommand, { ...here, FaceId: first });
  await send("search users by image", sdk.SearchUsersByImageCommand, { ...here, Image: photo("third.jpg") });
  await send("delete a user's face", sdk.DeleteFacesCommand, { ...here, FaceIds: [first] });
  await send("disassociate", sdk.DisassociateFacesCommand, { ...here, UserId: "user-1", FaceIds: [second] });
  await send("delete user", sdk.DeleteUserCommand, { ...here, UserId: "user-1" });

  await send("compare", sdk.CompareFacesCommand, {
    SourceImage: photo("first.jpg"), TargetImage: photo("second.jpg"), SimilarityThreshold: 80,
  });
  await send("detect", sdk.DetectFacesCommand, { Image: photo("first.jpg"), Attributes: ["ALL"] });
  await send("detect in s3", sdk.DetectFacesCommand, { Image: { S3Object: { Bucket: bucket, Name: "first.jpg" } } });

  await send("unknown collection", sdk.ListFacesCommand, { CollectionId: collection + "-not" });
  await send("unknown face", sdk.SearchFacesCommand, { ...here, FaceId: "99cc0c1e-1111-4222-8333-444455556666" });
  await send("bad image", sdk.DetectFacesCommand, { Image: photo("bad.jpg") });
  await send("bad name", sdk.DescribeCollectionCommand, { CollectionId: "not a name" });

  await send("delete faces", sdk.DeleteFacesCommand, {
    ...here, FaceIds: [other, "99cc0c1e-1111-4222-8333-444455556666"],
  });
  await send("describe again", sdk.DescribeCollectionCommand, here);
  await send("delete", sdk.DeleteCollectionCommand, here);
  await send("gone", sdk.DescribeCollectionCommand, here);
}

async function retry() {
  await send("first", sdk.ListCollectionsCommand, {});
  await send("next", sdk.ListCollectionsCommand, {});
}

const [mode, ...rest] = process.argv.slice(2);
({ scenario, retry })[mode](...rest);
