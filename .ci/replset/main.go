// Replset makes a new mongod a replica set of one node, and waits until it
// takes writes: what mongosh would do, were it there.
//
//	go run ./.ci/replset 127.0.0.1:27017
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: replset HOST:PORT")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := initiate(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "replset:", err)
		os.Exit(1)
	}
}

func initiate(ctx context.Context, address string) error {
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + address + "/?directConnection=true"))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	admin := client.Database("admin")
	const alreadyInitialized = 23
	err = admin.RunCommand(ctx, bson.D{{Key: "replSetInitiate", Value: bson.D{
		{Key: "_id", Value: "rs0"},
		{Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: address}}}},
	}}}).Err()
	if e, ok := errors.AsType[mongo.CommandError](err); err != nil && !(ok && e.Code == alreadyInitialized) {
		return fmt.Errorf("initiate %s: %w", address, err)
	}
	for {
		var hello struct {
			Primary bool `bson:"isWritablePrimary"`
		}
		if err := admin.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
			return fmt.Errorf("ask %s: %w", address, err)
		}
		if hello.Primary {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s to lead: %w", address, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
