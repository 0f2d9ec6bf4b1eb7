// The scenario of ../README.md with the AWS SDK for Java v2.

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import software.amazon.awssdk.services.rekognition.RekognitionClient;
import software.amazon.awssdk.services.rekognition.model.Attribute;
import software.amazon.awssdk.services.rekognition.model.DescribeCollectionResponse;
import software.amazon.awssdk.services.rekognition.model.Face;
import software.amazon.awssdk.services.rekognition.model.Image;
import software.amazon.awssdk.services.rekognition.model.IndexFacesResponse;
import software.amazon.awssdk.services.rekognition.model.ListFacesResponse;
import software.amazon.awssdk.services.rekognition.model.ListUsersResponse;
import software.amazon.awssdk.services.rekognition.model.RekognitionException;
import software.amazon.awssdk.services.rekognition.model.User;

public class Scenario {
    private static final String UNKNOWN = "99cc0c1e-1111-4222-8333-444455556666";
    private static final RekognitionClient CLIENT = RekognitionClient.create();
    private final Path folder;
    private final String here;

    private Scenario(String folder, String collection) {
        this.folder = Path.of(folder);
        this.here = collection;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("retry")) {
            step("first", () -> CLIENT.listCollections());
            step("next", () -> CLIENT.listCollections());
        } else {
            new Scenario(arguments[1], arguments[2]).run(arguments[3]);
        }
    }

    private void run(String bucket) throws Exception {
        step("create", () -> CLIENT.createCollection(r -> r.collectionId(here).tags(Map.of("team", "Köln"))));
        step("create again", () -> CLIENT.createCollection(r -> r.collectionId(here)));
        DescribeCollectionResponse described = step("describe", this::describe);
        step("tags", () -> CLIENT.listTagsForResource(r -> r.resourceArn(described.collectionARN())));
        String first = index("first.jpg");
        String second = index("second.jpg");
        String other = index("other.jpg");
        step("list faces", this::listFaces);
        step("search by face", () -> CLIENT.searchFaces(r -> r.collectionId(here).faceId(first)));
        step("search by image", () -> CLIENT.searchFacesByImage(
                r -> r.collectionId(here).image(photo("third.jpg")).maxFaces(5)));

        step("create user", () -> CLIENT.createUser(r -> r.collectionId(here).userId("user-1")));
        step("create user again", () -> CLIENT.createUser(r -> r.collectionId(here).userId("user-1")));
        step("create another user", () -> CLIENT.createUser(r -> r.collectionId(here).userId("user-2")));
        step("associate", () -> CLIENT.associateFaces(
                r -> r.collectionId(here).userId("user-1").faceIds(first, second).userMatchThreshold(60f)));
        step("list users", this::listUsers);
        step("list faces of a user", () -> CLIENT.listFaces(r -> r.collectionId(here).userId("user-1")));
        step("search users by face", () -> CLIENT.searchUsers(r -> r.collectionId(here).faceId(first)));
        step("search users by image", () -> CLIENT.searchUsersByImage(
                r -> r.collectionId(here).image(photo("third.jpg"))));
        step("delete a user's face", () -> CLIENT.deleteFaces(r -> r.collectionId(here).faceIds(first)));
        step("disassociate", () -> CLIENT.disassociateFaces(
                r -> r.collectionId(here).userId("user-1").faceIds(second)));
        step("delete user", () -> CLIENT.deleteUser(r -> r.collectionId(here).userId("user-1")));

        step("compare", () -> CLIENT.compareFaces(r -> r.sourceImage(photo("first.jpg"))
                .targetImage(photo("second.jpg")).similarityThreshold(80f)));
        step("detect", () -> CLIENT.detectFaces(r -> r.image(photo("first.jpg")).attributes(Attribute.ALL)));
        step("detect in s3", () -> CLIENT.detectFaces(
                r -> r.image(i -> i.s3Object(o -> o.bucket(bucket).name("first.jpg")))));

        step("unknown collection", () -> CLIENT.listFaces(r -> r.collectionId(here + "-not")));
        step("unknown face", () -> CLIENT.searchFaces(r -> r.collectionId(here).faceId(UNKNOWN)));
        step("bad image", () -> CLIENT.detectFaces(r -> r.image(photo("bad.jpg"))));
        step("bad name", () -> CLIENT.describeCollection(r -> r.collectionId("not a name")));

        step("delete faces", () -> CLIENT.deleteFaces(r -> r.collectionId(here).faceIds(other, UNKNOWN)));
        step("describe again", this::describe);
        step("delete", () -> CLIENT.deleteCollection(r -> r.collectionId(here)));
        step("gone", this::describe);
    }

    private DescribeCollectionResponse describe() {
        return CLIENT.describeCollection(r -> r.collectionId(here));
    }

    private String index(String name) throws Exception {
        IndexFacesResponse reply = step("index " + name, () -> CLIENT.indexFaces(
                r -> r.collectionId(here).image(photo(name)).externalImageId(name).maxFaces(1)));
        return reply.faceRecords().get(0).face().faceId();
    }

    private Map<String, Object> listFaces() {
        int pages = 0;
        List<Face> faces = new ArrayList<>();
        for (ListFacesResponse page : CLIENT.listFacesPaginator(r -> r.collectionId(here).maxResults(2))) {
            pages++;
            faces.addAll(page.faces());
        }
        return Map.of("Pages", pages, "Faces", faces);
    }

    private Map<String, Object> listUsers() {
        int pages = 0;
        List<User> users = new ArrayList<>();
        for (ListUsersResponse page : CLIENT.listUsersPaginator(r -> r.collectionId(here).maxResults(1))) {
            pages++;
            users.addAll(page.users());
        }
        return Map.of("Pages", pages, "Users", users);
    }

    private Image photo(String name) {
        try {
            return Image.builder().bytes(SdkBytes.fromByteArray(Files.readAllBytes(folder.resolve(name)))).build();
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    /** Shows what came of a call and returns the reply; null after an error. */
    private static <T> T step(String name, Callable<T> call) throws Exception {
        T reply = null;
        Object shown;
        try {
            reply = call.call();
            shown = reply;
        } catch (RekognitionException error) {
            shown = Map.of("Error", Map.of("Class", error.getClass().getSimpleName(),
                    "Code", error.awsErrorDetails().errorCode(), "Message", error.awsErrorDetails().errorMessage()));
        }
        System.out.println(json(Map.of(name, shown)));
        return reply;
    }

    /** The members that a reply has, by their names on the wire. */
    private static Map<String, Object> members(SdkPojo reply) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (SdkField<?> field : reply.sdkFields()) {
            Object value = field.getValueOrDefault(reply);
            boolean made = value instanceof SdkAutoConstructList || value instanceof SdkAutoConstructMap;
            if (value != null && !made) {
                members.put(field.locationName(), value);
            }
        }
        return members;
    }

    private static String json(Object value) {
        if (value instanceof SdkPojo) {
            return json(members((SdkPojo) value));
        } else if (value instanceof Map) {
            return ((Map<?, ?>) value).entrySet().stream().map(e -> json(e.getKey()) + ":" + json(e.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
        } else if (value instanceof List) {
            return ((List<?>) value).stream().map(Scenario::json).collect(Collectors.joining(",", "[", "]"));
        } else if (value instanceof Number || value instanceof Boolean) {
            return value.toString();
        }
        return value.toString().chars()
                .mapToObj(c -> c < ' ' || c > '~' || c == '"' || c == '\\' ? String.format("\\u%04x", c)
                        : Character.toString(c))
                .collect(Collectors.joining("", "\"", "\""));
    }
}
