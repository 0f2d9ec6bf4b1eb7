// The scenario of ../README.md with the AWS SDK for Go v2.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/smithy-go"
)

const unknown = "99cc0c1e-1111-4222-8333-444455556666"

var (
	ctx    = context.Background()
	client *rekognition.Client
)

// The error as the SDK gives it, or the end of the program when it is none of the service's.
func refusal(err error) any {
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		log.Fatal(err)
	}
	return map[string]any{"Error": map[string]string{"Class": reflect.TypeOf(refused).Elem().Name(),
		"Code": refused.ErrorCode(), "Message": refused.ErrorMessage()}}
}

// Makes a call, shows what came of it and returns the reply.
func step[Input, Output any](name string,
	call func(context.Context, *Input, ...func(*rekognition.Options)) (*Output, error), input Input) *Output {
	reply, err := call(ctx, &input)
	if err != nil {
		show(name, refusal(err))
	} else {
		show(name, reply)
	}
	return reply
}

func show(name string, reply any) {
	line, err := json.Marshal(map[string]any{name: reply})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

func listFaces(name string, collection *string) {
	pages := rekognition.NewListFacesPaginator(client,
		&rekognition.ListFacesInput{CollectionId: collection, MaxResults: aws.Int32(2)})
	number, faces := 0, []types.Face{}
	for ; pages.HasMorePages(); number++ {
		page, err := pages.NextPage(ctx)
		if err != nil {
			show(name, refusal(err))
			return
		}
		faces = append(faces, page.Faces...)
	}
	show(name, map[string]any{"Pages": number, "Faces": faces})
}

func listUsers(name string, collection *string) {
	pages := rekognition.NewListUsersPaginator(client,
		&rekognition.ListUsersInput{CollectionId: collection, MaxResults: aws.Int32(1)})
	number, users := 0, []types.User{}
	for ; pages.HasMorePages(); number++ {
		page, err := pages.NextPage(ctx)
		if err != nil {
			show(name, refusal(err))
			return
		}
		users = append(users, page.Users...)
	}
	show(name, map[string]any{"Pages": number, "Users": users})
}

func scenario(folder, collection, bucket string) {
	here := &collection
	user1, user2 := aws.String("user-1"), aws.String("user-2")
	photo := func(name string) *types.Image {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			log.Fatal(err)
		}
		return &types.Image{Bytes: data}
	}
	index := func(name string) string {
		reply := step("index "+name, client.IndexFaces, rekognition.IndexFacesInput{CollectionId: here,
			Image: photo(name), ExternalImageId: &name, MaxFaces: aws.Int32(1)})
		return *reply.FaceRecords[0].Face.FaceId
	}

	step("create", client.CreateCollection,
		rekognition.CreateCollectionInput{CollectionId: here, Tags: map[string]string{"team": "Köln"}})
	step("create again", client.CreateCollection, rekognition.CreateCollectionInput{CollectionId: here})
	described := step("describe", client.DescribeCollection, rekognition.DescribeCollectionInput{CollectionId: here})
	step("tags", client.ListTagsForResource,
		rekognition.ListTagsForResourceInput{ResourceArn: described.CollectionARN})
	first, second, other := index("first.jpg"), index("second.jpg"), index("other.jpg")
	listFaces("list faces", here)
	step("search by face", client.SearchFaces, rekognition.SearchFacesInput{CollectionId: here, FaceId: &first})
	step("search by image", client.SearchFacesByImage, rekognition.SearchFacesByImageInput{CollectionId: here,
		Image: photo("third.jpg"), MaxFaces: aws.Int32(5)})

	step("create user", client.CreateUser, rekognition.CreateUserInput{CollectionId: here, UserId: user1})
	step("create user again", client.CreateUser, rekognition.CreateUserInput{CollectionId: here, UserId: user1})
	step("create another user", client.CreateUser, rekognition.CreateUserInput{CollectionId: here, UserId: user2})
	step("associate", client.AssociateFaces, rekognition.AssociateFacesInput{CollectionId: here, UserId: user1,
		FaceIds: []string{first, second}, UserMatchThreshold: aws.Float32(60)})
	listUsers("list users", here)
	step("list faces of a user", client.ListFaces, rekognition.ListFacesInput{CollectionId: here, UserId: user1})
	step("search users by face", client.SearchUsers, rekognition.SearchUsersInput{CollectionId: here, FaceId: &first})
	step("search users by image", client.SearchUsersByImage,
		rekognition.SearchUsersByImageInput{CollectionId: here, Image: photo("third.jpg")})
	step("delete a user's face", client.DeleteFaces,
		rekognition.DeleteFacesInput{CollectionId: here, FaceIds: []string{first}})
	step("disassociate", client.DisassociateFaces,
		rekognition.DisassociateFacesInput{CollectionId: here, UserId: user1, FaceIds: []string{second}})
	step("delete user", client.DeleteUser, rekognition.DeleteUserInput{CollectionId: here, UserId: user1})

	step("compare", client.CompareFaces, rekognition.CompareFacesInput{SourceImage: photo("first.jpg"),
		TargetImage: photo("second.jpg"), SimilarityThreshold: aws.Float32(80)})
	step("detect", client.DetectFaces, rekognition.DetectFacesInput{Image: photo("first.jpg"),
		Attributes: []types.Attribute{types.AttributeAll}})
	step("detect in s3", client.DetectFaces, rekognition.DetectFacesInput{Image: &types.Image{
		S3Object: &types.S3Object{Bucket: &bucket, Name: aws.String("first.jpg")}}})

	step("unknown collection", client.ListFaces,
		rekognition.ListFacesInput{CollectionId: aws.String(collection + "-not")})
	step("unknown face", client.SearchFaces,
		rekognition.SearchFacesInput{CollectionId: here, FaceId: aws.String(unknown)})
	step("bad image", client.DetectFaces, rekognition.DetectFacesInput{Image: photo("bad.jpg")})
	step("bad name", client.DescribeCollection,
		rekognition.DescribeCollectionInput{CollectionId: aws.String("not a name")})

	step("delete faces", client.DeleteFaces,
		rekognition.DeleteFacesInput{CollectionId: here, FaceIds: []string{other, unknown}})
	step("describe again", client.DescribeCollection, rekognition.DescribeCollectionInput{CollectionId: here})
	step("delete", client.DeleteCollection, rekognition.DeleteCollectionInput{CollectionId: here})
	step("gone", client.DescribeCollection, rekognition.DescribeCollectionInput{CollectionId: here})
}

func main() {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	client = rekognition.NewFromConfig(settings)
	if os.Args[1] == "retry" {
		step("first", client.ListCollections, rekognition.ListCollectionsInput{})
		step("next", client.ListCollections, rekognition.ListCollectionsInput{})
	} else {
		scenario(os.Args[2], os.Args[3], os.Args[4])
	}
}
